import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../native-models/onnx/build.ts';
import type { Attribute, Model, Tensor, ValueInfo } from '../../../native-models/onnx/ir.ts';
import { inferShapes } from '../../../native-models/onnx/passes/inferShapes.ts';
import { tensorFromNumbers } from '../../../native-models/onnx/dataTypes.ts';
import { evaluateDim } from '../../../native-models/onnx/shapes/dims.ts';
import { sharedPath } from '../../support/shared.ts';
import { feedsOf, hasModels, loadShared, modelFiles, run, symbolSizes } from './modelFiles.ts';

/** The model with every value its nodes make as an output, of which onnxruntime has to find the shapes itself. */
function withAllOutputs(model: Model): Model {
  const names = model.graph.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ''));
  return {
    ...model,
    graph: {
      ...model.graph,
      valueInfo: new Map(),
      outputs: names.map((name): ValueInfo => ({ name, dtype: null, shape: null })),
    },
  };
}

/** The file without what it says about shapes, so that everything has to be inferred. */
function withoutStatements(model: Model): Model {
  const outputs = model.graph.outputs.map((info) => ({ ...info, shape: null }));
  return { ...model, graph: { ...model.graph, valueInfo: new Map(), outputs } };
}

function inferredTypes(model: Model): ReadonlyMap<string, ValueInfo> {
  const { graph } = inferShapes(model);
  return new Map([...graph.valueInfo, ...graph.outputs.map((info) => [info.name, info] as const)]);
}

const described = (dtype: unknown, shape: readonly unknown[] | null | undefined) =>
  `${String(dtype)} [${shape?.join(', ') ?? 'unknown'}]`;

describe.skipIf(!hasModels)('inferred shapes against those that come out of onnxruntime', () => {
  it.each(modelFiles)('%s: every inner value, symbols bound afterwards', async (_name, path) => {
    const model = withoutStatements(loadShared(path));
    const types = inferredTypes(model);
    const results = await run(withAllOutputs(model), feedsOf(model));
    expect(Object.keys(results).length).toBeGreaterThan(20);
    const wrong = Object.entries(results).flatMap(([name, { dtype, dims }]) => {
      const info = types.get(name);
      const shape = info?.shape?.map((dim) => evaluateDim(dim, symbolSizes));
      const [inferred, actual] = [described(info?.dtype, shape), described(dtype, dims)];
      return inferred === actual ? [] : [`${name}: ${inferred}, not ${actual}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each(modelFiles)('%s: every inner value, sizes given beforehand', async (_name, path) => {
    const model = withoutStatements(loadShared(path));
    const feeds = feedsOf(model);
    const inputShapes = new Map(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
    const { graph } = inferShapes(model, { inputShapes });
    const results = await run(withAllOutputs(model), feeds);
    for (const info of [...graph.valueInfo.values(), ...graph.outputs]) {
      expect([info.name, info.shape]).toEqual([info.name, results[info.name]!.dims]);
    }
  });
});

interface OracleTensor {
  readonly name: string;
  readonly omitted?: boolean;
  readonly dtype: 'float32' | 'int64' | 'bool';
  readonly dims: readonly number[];
  readonly data: readonly number[];
  readonly differentiable?: boolean;
}
interface OracleCase {
  readonly name: string;
  readonly op: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly attribute_types: Readonly<Record<string, string>>;
  readonly inputs: readonly OracleTensor[];
  readonly outputs: readonly OracleTensor[];
}

const oracle = sharedPath('oracles', 'gradients.json');
const cases: readonly OracleCase[] = oracle
  ? (JSON.parse(readFileSync(oracle, 'utf8')) as readonly OracleCase[])
  : [];

const tensorOf = ({ dtype, dims, data }: OracleTensor): Tensor => tensorFromNumbers(dtype, dims, data);

function attributeOf(value: unknown, type: string): Attribute {
  if (type === 'STRING') return { type: 'string', value: new TextEncoder().encode(value as string) };
  if (type === 'INT' || type === 'FLOAT')
    return { type: type === 'INT' ? 'int' : 'float', value: value as number };
  return { type: type === 'INTS' ? 'ints' : 'floats', value: value as number[] };
}

/** Float inputs are fed, everything else (sizes, axes, indices) is constant. */
function modelOf(each: OracleCase): Model {
  const g = new GraphBuilder();
  for (const input of each.inputs) {
    if (input.omitted) continue;
    if (input.dtype === 'float32' && input.differentiable !== false)
      g.input(input.name, 'float32', input.dims);
    else g.initializer(input.name, tensorOf(input));
  }
  g.ops(
    each.op,
    each.inputs.map(({ name }) => name),
    each.outputs.length,
    Object.fromEntries(
      Object.entries(each.attributes).map(([name, value]) => [
        name,
        attributeOf(value, each.attribute_types[name]!),
      ]),
    ),
    { outputs: each.outputs.map(({ name }) => name) },
  );
  for (const { name } of each.outputs) g.output(name);
  return g.model('case', new Map([['', each.opset]]));
}

describe.skipIf(!oracle)('inferred shapes of single operators', () => {
  it.each(cases.map((each) => [each.name, each] as const))('%s', (_name, each) => {
    const types = inferredTypes(modelOf(each));
    for (const { name, dtype, dims } of each.outputs) {
      expect(types.get(name)).toMatchObject({ dtype, shape: dims });
    }
  });
});
