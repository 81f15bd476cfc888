import { differentiate } from '../autodiff/differentiate.ts';
import type { PosedQuestion } from '../autodiff/formulations.ts';
import { ModelError } from '../errors.ts';
import { GraphBuilder } from '../onnx/build.ts';
import { elementCount, float32Tensor, int64List } from '../onnx/dataTypes.ts';
import type { Model, Tensor } from '../onnx/ir.ts';
import { inferShapes } from '../onnx/passes/inferShapes.ts';
import type { Random } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { openStepSession } from './stepSession.ts';

export interface TimingOptions {
  readonly session: SessionOptions;
  /** What the input of the trial is drawn from. */
  readonly random: Random;
  /** A monotonic clock in milliseconds. */
  readonly nowMs: () => number;
}

/** Until these no time is taken: they reserve memory. */
const warmUps = 3;
const fewestRuns = 5;
const mostRuns = 15;
/** No further run after this long. */
const enoughMs = 60;
/** A formulation this many times slower than the best so far is not run to the end; twice that, not even warmed up. */
const hopeless = 1.5;

/**
 * Runs the gradient of one node alone, in every formulation that was asked about, on random data of its shapes.
 * @returns median milliseconds by formulation, without those that the provider refuses or that are clearly slower;
 *   empty where the shapes are not all known
 */
export async function timeFormulations(
  question: PosedQuestion,
  options: TimingOptions,
): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  const trial = trialOf(question, options.random);
  if (trial === null) return times;
  const feeds: Record<string, Tensor> = {};
  for (const { name, shape } of trial.graph.inputs) {
    feeds[name] = randomTensor(shape as readonly number[], options.random);
  }
  for (const candidate of question.candidates) {
    const median = await timeOne(trial, question, candidate, feeds, Math.min(...times.values()), options);
    if (median !== null) times.set(candidate, median);
  }
  return times;
}

/**
 * The node alone, with its inputs and the gradient of its output as inputs of the graph. Beside constant weights the
 * gradient comes in the layout in which a convolution before it would leave it.
 */
function trialOf({ node, opset, inputs }: PosedQuestion, random: Random): Model | null {
  const g = new GraphBuilder();
  for (const [i, input] of inputs.entries()) {
    if (input === null) continue;
    if (input.dtype !== 'float32' || !isSized(input.shape)) return null;
    if (input.isConstant) g.initializer(`input${i}`, randomTensor(input.shape, random));
    else g.input(`input${i}`, 'float32', input.shape);
  }
  g.node({
    ...node,
    inputs: node.inputs.map((name, i) => (name === '' ? '' : `input${i}`)),
    outputs: ['y'],
  });
  g.output('y', 'float32');
  const opsets = new Map([['', opset]]);
  const shape = inferShapes(g.model('trial', opsets)).graph.outputs[0]?.shape;
  if (!isSized(shape)) return null;
  if (isBlocked(inputs)) {
    const outside = g.input('outside', 'float32', shape);
    g.op('MaxPool', [outside], { kernel_shape: [1, 1] }, { outputs: ['dy'] });
  } else {
    g.input('dy', 'float32', shape);
  }
  return inferShapes(g.model('trial', opsets));
}

/** Whether onnxruntime keeps values around the node in its blocked layout. */
const isBlocked = (inputs: PosedQuestion['inputs']) =>
  inputs[1]?.isConstant === true && inputs[1].shape?.length === 4;

const isSized = (shape: readonly unknown[] | null | undefined): shape is readonly number[] =>
  shape?.every((dim) => typeof dim === 'number') ?? false;

/** Uniform in ±1, of one thousand numbers, repeated: what they are does not matter, zeros and denormals would. */
function randomTensor(dims: readonly number[], random: Random): Tensor {
  const count = elementCount(dims);
  const drawn = Float32Array.from({ length: Math.min(count, 1000) }, () => 2 * random.uniform() - 1);
  return float32Tensor(
    dims,
    Float32Array.from({ length: count }, (_, i) => drawn[i % drawn.length]!),
  );
}

async function timeOne(
  trial: Model,
  { kind, input, inputs, usual, candidates }: PosedQuestion,
  candidate: string,
  feeds: Readonly<Record<string, Tensor>>,
  bestMs: number,
  { session: sessionOptions, nowMs }: TimingOptions,
): Promise<number | null> {
  const { model, gradients } = differentiate(trial, {
    seeds: new Map([['y', 'dy']]),
    withRespectTo: [`input${input}`],
    outputs: [],
    formulations: {
      choose: (asked) => (asked.kind === kind && candidates.includes(candidate) ? candidate : usual),
    },
  });
  const gradient = gradients.get(`input${input}`)!;
  const tiny = isBlocked(inputs) ? planeMeans(model, gradient) : firstElement(model, gradient);
  const own = Object.fromEntries(tiny.graph.inputs.map(({ name }) => [name, feeds[name]!]));
  try {
    const session = await openStepSession(tiny, sessionOptions);
    try {
      const times: number[] = [];
      let spentMs = 0;
      for (let run = -warmUps; times.length < (spentMs > enoughMs ? fewestRuns : mostRuns); run++) {
        const begin = nowMs();
        await session.run(own);
        const took = nowMs() - begin;
        if (run > -warmUps && took > 2 * hopeless * bestMs) return null;
        if (run < 0) continue;
        times.push(took);
        spentMs += took;
        if (run === 1 && Math.min(...times) > hopeless * bestMs) return null;
      }
      return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
    } finally {
      await session.dispose();
    }
  } catch (thrown) {
    if (thrown instanceof ModelError) return null;
    throw thrown;
  }
}

/** Only one element leaves the graph, as fetching a large gradient may take longer than computing it. */
function firstElement(model: Model, gradient: string): Model {
  const { shape } = model.graph.outputs.find(({ name }) => name === gradient)!;
  const each = (value: number) => int64List(shape!.map(() => value));
  const g = new GraphBuilder({ ...model.graph, outputs: [] });
  const axes = int64List(shape!.map((_, axis) => axis));
  const bounds = [each(0), each(1), axes].map((bound) => g.constant(bound));
  g.output(g.op('Slice', [gradient, ...bounds]), 'float32');
  return readingOnlyItsInputs(model, g);
}

/** As `firstElement`, by what onnxruntime computes in its blocked layout too. */
function planeMeans(model: Model, gradient: string): Model {
  const g = new GraphBuilder({ ...model.graph, outputs: [] });
  g.output(g.op('GlobalAveragePool', [gradient]), 'float32');
  return readingOnlyItsInputs(model, g);
}

function readingOnlyItsInputs(model: Model, g: GraphBuilder): Model {
  const graph = g.graph();
  const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  return { ...model, graph: { ...graph, inputs: graph.inputs.filter(({ name }) => read.has(name)) } };
}
