import { readFileSync } from 'node:fs';
import { differentiate } from '../../native-models/autodiff/differentiate.ts';
import { usualFormulations, type Formulations } from '../../native-models/autodiff/formulations.ts';
import type { PlainAttribute } from '../../native-models/onnx/attributes.ts';
import { float, floats } from '../../native-models/onnx/attributes.ts';
import { GraphBuilder } from '../../native-models/onnx/build.ts';
import { boolTensor, float32Tensor, int64Tensor } from '../../native-models/onnx/dataTypes.ts';
import type { Tensor } from '../../native-models/onnx/ir.ts';
import { sharedPath } from '../support/shared.ts';

export interface OracleTensor {
  name: string;
  dtype: 'float32' | 'int64' | 'bool';
  dims: number[];
  data: number[];
  differentiable?: boolean;
  omitted?: boolean;
}
export interface OracleCase {
  name: string;
  op: string;
  opset: number;
  attributes: Record<string, number | string | number[]>;
  attribute_types: Record<string, 'INT' | 'INTS' | 'FLOAT' | 'FLOATS' | 'STRING'>;
  inputs: OracleTensor[];
  outputs: OracleTensor[];
  upstream: (OracleTensor | null)[];
  gradients: Record<string, { dims: number[]; data: number[] }>;
}

const path = sharedPath('oracles', 'gradients.json');

/** The PyTorch reference vectors; none where the shared data is absent. */
export const oracleCases: readonly OracleCase[] = path ? JSON.parse(readFileSync(path, 'utf8')) : [];

/** Sums of thousands of float32 products lose a digit against the float64 reference. */
export const toleranceOf = (reductionLength: number) => (reductionLength > 1000 ? 1e-3 : 1e-4);

/** The case as a graph, differentiated for all its inputs that have a gradient. */
export function differentiateCase(oracle: OracleCase, formulations: Formulations = usualFormulations) {
  const { model, feeds } = modelOf(oracle);
  const wanted = oracle.inputs.filter((each) => each.differentiable).map((each) => each.name);
  const seeds = oracle.outputs.flatMap((output, k) =>
    oracle.upstream[k] ? [[output.name, `upstream_${k}`] as const] : [],
  );
  const derived = differentiate(model, { seeds: new Map(seeds), withRespectTo: wanted, formulations });
  return { derived, feeds, wanted };
}

function modelOf(oracle: OracleCase) {
  const g = new GraphBuilder();
  const feeds: Record<string, Tensor> = {};
  for (const input of oracle.inputs) {
    if (input.omitted) continue;
    if (input.differentiable) {
      feeds[input.name] = tensorOf(input);
      g.input(input.name, 'float32', input.dims);
    } else g.initializer(input.name, tensorOf(input));
  }
  oracle.upstream.forEach((upstream, k) => {
    if (!upstream) return;
    feeds[`upstream_${k}`] = tensorOf(upstream);
    g.input(`upstream_${k}`, 'float32', upstream.dims);
  });
  const attributes = Object.fromEntries(
    Object.entries(oracle.attributes).map(([key, value]) => [
      key,
      attributeOf(value, oracle.attribute_types[key]),
    ]),
  );
  const outputs = oracle.outputs.map(({ name }) => name);
  g.ops(
    oracle.op,
    oracle.inputs.map((each) => (each.omitted ? '' : each.name)),
    outputs.length,
    attributes,
    {
      outputs,
    },
  );
  for (const output of oracle.outputs) g.output(output.name, output.dtype, output.dims);
  return { model: g.model('case', new Map([['', oracle.opset]])), feeds };
}

function attributeOf(value: number | string | number[], type: string | undefined): PlainAttribute {
  if (type === 'FLOAT') return float(value as number);
  return type === 'FLOATS' ? floats(value as number[]) : value;
}

function tensorOf({ dtype, dims, data }: OracleTensor): Tensor {
  if (dtype === 'int64') return int64Tensor(dims, data);
  return dtype === 'bool' ? boolTensor(dims, Uint8Array.from(data)) : float32Tensor(dims, data);
}
