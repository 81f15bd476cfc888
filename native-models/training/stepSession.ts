import { ModelError } from '../errors.ts';
import { GraphBuilder } from '../onnx/build.ts';
import { elementCount, float32Tensor } from '../onnx/dataTypes.ts';
import type { Model, Tensor } from '../onnx/ir.ts';
import { blockConvolutions } from '../onnx/passes/blockConvolutions.ts';
import { writeModel } from '../onnx/write.ts';
import {
  floatsOf,
  openSession,
  type Provider,
  type Session,
  type SessionOptions,
} from '../runtime/session.ts';

/**
 * Loads a graph with weights that are fed, as a training step's: on the processor its convolutions are computed in
 * onnxruntime's blocked layout, where this one has it.
 * @throws ModelError as `openSession`
 */
export async function openStepSession(model: Model, options: SessionOptions = {}): Promise<Session> {
  const plain = () => openSession(writeModel(model), { memory: 'size', ...options });
  const block = await channelBlock(options.provider);
  const blocked = block === null ? model : blockConvolutions(model, block);
  if (blocked === model) return plain();
  // What is wrong with a graph is told of that graph.
  return openSession(writeModel(blocked), { memory: 'size', ...options }).catch(plain);
}

let known: Promise<number | null> | undefined;

/**
 * Channels in a block of onnxruntime's blocked layout: 16 or 8, by the vector instructions of this processor; `null` where
 * it has no such layout, and on a device. Found by trying: the layout is not part of onnxruntime's interface.
 */
export async function channelBlock(provider: Provider = 'cpu'): Promise<number | null> {
  if (provider !== 'cpu') return null;
  known ??= findBlock();
  return known;
}

async function findBlock(): Promise<number | null> {
  const trial = trialModel();
  const expected = await trialResult(trial);
  for (const block of [16, 8]) {
    const found = await trialResult(blockConvolutions(trial, block)).catch((thrown: unknown) => {
      if (thrown instanceof ModelError) return null;
      throw thrown;
    });
    if (found?.every((value, i) => Math.abs(value - expected[i]!) < 1e-3)) return block;
  }
  return null;
}

const channels = 32;
const side = 3;
/** No two alike within a block, so that another order of them gives another result. */
const numbers = (dims: readonly number[]): Tensor => {
  const values = Array.from({ length: elementCount(dims) }, (_, i) => Math.sin(1 + i));
  return float32Tensor(dims, values);
};
const shapes = {
  input: [1, channels, side, side],
  dense: [channels, channels, 3, 3],
  depthwise: [channels, 1, 3, 3],
} as const;

function trialModel(): Model {
  const g = new GraphBuilder();
  for (const [name, shape] of Object.entries(shapes)) g.input(name, 'float32', shape);
  const dense = g.op('Conv', ['input', 'dense'], { pads: [1, 1, 1, 1] });
  g.outputAs('result', g.op('Conv', [dense, 'depthwise'], { group: channels }), 'float32');
  return g.model('trial');
}

async function trialResult(model: Model): Promise<Float32Array> {
  const session = await openSession(writeModel(model), { threads: 1 });
  try {
    const feeds = Object.fromEntries(Object.entries(shapes).map(([name, dims]) => [name, numbers(dims)]));
    return floatsOf(await session.run(feeds), 'result');
  } finally {
    await session.dispose();
  }
}
