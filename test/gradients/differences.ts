import { expect } from 'vitest';
import { differentiate } from '../../native-models/autodiff/differentiate.ts';
import { usualFormulations, type Formulations } from '../../native-models/autodiff/formulations.ts';
import { GraphBuilder } from '../../native-models/onnx/build.ts';
import { float32Tensor } from '../../native-models/onnx/dataTypes.ts';
import type { Model, Tensor } from '../../native-models/onnx/ir.ts';
import { inferShapes } from '../../native-models/onnx/passes/inferShapes.ts';
import { writeModel } from '../../native-models/onnx/write.ts';
import type { Random } from '../../native-models/random.ts';
import { openSession } from '../../native-models/runtime/session.ts';
import type { Draw } from './draws.ts';
import { runModel } from './support.ts';

/** Values lie 0.3 away from 0 and apart from each other: the step crosses no kink. */
const step = 0.002;
/** Mostly float32 rounding over the step. */
export const differenceTolerance = 5e-3;

/** |analytic − numeric| along a random direction of all inputs, over the size of the terms that add up to it. */
export async function directionalError(
  op: string,
  draw: Draw,
  random: Random,
  formulations: Formulations = usualFormulations,
): Promise<number> {
  const { model, feeds, names } = modelOf(op, draw);
  const session = await openSession(writeModel(model), { threads: 1 });
  const seeded = (draw.seeded ?? model.graph.outputs.map((_, k) => k)).map(
    (k) => model.graph.outputs[k]!.name,
  );
  try {
    const base = await session.run(feeds);
    const upstream = new Map(seeded.map((name) => [name, randomLike(base[name]!, random)]));
    const directions = new Map(names.map((name) => [name, randomLike(feeds[name]!, random)]));
    const at = async (distance: number) => {
      const moved = { ...feeds };
      for (const [name, direction] of directions) {
        const values = (feeds[name]!.data as Float32Array).map(
          (value, i) => value + distance * direction[i]!,
        );
        moved[name] = float32Tensor(feeds[name]!.dims, values);
      }
      const outputs = await session.run(moved);
      return seeded.reduce(
        (sum, name) => sum + dot(outputs[name]!.data as Float32Array, upstream.get(name)!),
        0,
      );
    };
    const numeric = ((await at(step)) - (await at(-step))) / (2 * step);
    const { analytic, size } = await analyticSlope(model, feeds, upstream, directions, base, formulations);
    return Math.abs(analytic - numeric) / Math.max(size, 0.1);
  } finally {
    await session.dispose();
  }
}

async function analyticSlope(
  model: Model,
  feeds: Readonly<Record<string, Tensor>>,
  upstream: ReadonlyMap<string, Float32Array>,
  directions: ReadonlyMap<string, Float32Array>,
  base: Readonly<Record<string, Tensor>>,
  formulations: Formulations,
) {
  const g = new GraphBuilder(model);
  const seeds = new Map<string, string>();
  const seedFeeds: Record<string, Tensor> = {};
  for (const [name, values] of upstream) {
    const seed = `${name}.upstream`;
    g.input(seed, 'float32', base[name]!.dims);
    seedFeeds[seed] = float32Tensor(base[name]!.dims, values);
    seeds.set(name, seed);
  }
  const derived = differentiate(inferShapes(g.model()), {
    seeds,
    withRespectTo: [...directions.keys()],
    formulations,
  });
  const results = await runModel(derived.model, { ...feeds, ...seedFeeds });
  let analytic = 0;
  let size = 0;
  for (const [name, direction] of directions) {
    const gradient = results[derived.gradients.get(name)!]!;
    expect(gradient.dims).toEqual(feeds[name]!.dims);
    analytic += dot(gradient.data as Float32Array, direction);
    size += dot((gradient.data as Float32Array).map(Math.abs), direction.map(Math.abs));
  }
  return { analytic, size };
}

function modelOf(op: string, draw: Draw) {
  const g = new GraphBuilder();
  const feeds: Record<string, Tensor> = {};
  const inputs = draw.inputs.map((tensor, i) => {
    if (tensor === null) return '';
    const name = `input${i}`;
    if (!draw.differentiable.includes(i)) return g.initializer(name, tensor);
    feeds[name] = tensor;
    return g.input(name, 'float32', tensor.dims);
  });
  while (inputs.at(-1) === '') inputs.pop();
  const outputs = g.ops(op, inputs, draw.outputs ?? 1, draw.attributes ?? {});
  for (const [k, name] of outputs.entries()) g.output(name, op === 'TopK' && k === 1 ? 'int64' : 'float32');
  return { model: g.model('draw', new Map([['', draw.opset ?? 17]])), feeds, names: Object.keys(feeds) };
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Uniform in ±1. */
const randomLike = (tensor: Tensor, random: Random) =>
  Float32Array.from({ length: tensor.data.length }, () => 2 * random.uniform() - 1);
