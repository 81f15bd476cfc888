import { intAttribute, stringAttribute } from './attributes.ts';
import { elementCount } from './dataTypes.ts';
import type { Node } from './ir.ts';

/** Shapes of a node's inputs (null where omitted) and outputs. */
export interface NodeShapes {
  readonly inputs: readonly (readonly number[] | null)[];
  readonly outputs: readonly (readonly number[])[];
}

type FlopRule = (node: Node, shapes: NodeShapes) => number;

const firstOutput = ({ outputs }: NodeShapes) => elementCount(outputs[0] ?? []);
const firstInput = ({ inputs }: NodeShapes) => elementCount(inputs[0] ?? []);

/** Multiply and add for each weight of a filter at each result; one more add for a bias. */
const Conv: FlopRule = (_node, shapes) => {
  const weight = shapes.inputs[1] ?? [];
  const bias = shapes.inputs[2] ? 1 : 0;
  return firstOutput(shapes) * (2 * elementCount(weight.slice(1)) + bias);
};

const ConvTranspose: FlopRule = (_node, shapes) => {
  const weight = shapes.inputs[1] ?? [];
  return (
    2 * firstInput(shapes) * elementCount(weight.slice(1)) + (shapes.inputs[2] ? firstOutput(shapes) : 0)
  );
};

const MatMul: FlopRule = (_node, shapes) => 2 * firstOutput(shapes) * (shapes.inputs[0]?.at(-1) ?? 1);

const Gemm: FlopRule = (node, shapes) => {
  const depth = shapes.inputs[0]?.[intAttribute(node, 'transA', 0) === 1 ? 0 : 1] ?? 1;
  return firstOutput(shapes) * (2 * depth + (shapes.inputs[2] ? 1 : 0));
};

/** One multiply-add for each combination of all letters (one factor more for each operand beyond two). */
const Einsum: FlopRule = (node, shapes) => {
  const [left = ''] = stringAttribute(node, 'equation', '').replaceAll(' ', '').split('->');
  const terms = left.split(',');
  const sizes = new Map<string, number>();
  terms.forEach((term, i) => {
    const shape = shapes.inputs[i] ?? [];
    const letters = term.includes('...') ? expandDots(term, shape.length) : [...term];
    letters.forEach((letter, axis) => sizes.set(letter, Math.max(sizes.get(letter) ?? 1, shape[axis] ?? 1)));
  });
  return Math.max(terms.length, 2) * elementCount([...sizes.values()]);
};

function expandDots(term: string, rank: number): string[] {
  const [before = '', after = ''] = term.split('...');
  const spread = rank - before.length - after.length;
  // Numbered from the end, as broadcasting aligns them.
  return [...before, ...Array.from({ length: spread }, (_, i) => `.${spread - i}`), ...after];
}

const pool: FlopRule = (_node, shapes) => {
  const kernel = intsProduct(_node, 'kernel_shape');
  return firstOutput(shapes) * kernel;
};

function intsProduct(node: Node, name: string): number {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'ints' ? elementCount(attribute.value.map(Number)) : 1;
}

const perInput =
  (count: number): FlopRule =>
  (_node, shapes) =>
    count * firstInput(shapes);
const perOutput =
  (count: number): FlopRule =>
  (_node, shapes) =>
    count * firstOutput(shapes);

const variadic: FlopRule = (_node, shapes) => Math.max(shapes.inputs.length - 1, 1) * firstOutput(shapes);

const table = (names: readonly string[], rule: FlopRule) =>
  Object.fromEntries(names.map((name) => [name, rule]));

/**
 * Floating-point operations of a node by operator. A multiply-add is two; every elementary function (exp, sqrt, erf,
 * comparison) is one, so that element-wise work, which is bound by memory anyway, is not made to look large.
 * Operators not listed move data and count nothing.
 */
const rules: ReadonlyMap<string, FlopRule> = new Map(
  Object.entries({
    Conv,
    ConvTranspose,
    MatMul,
    Gemm,
    Einsum,
    ...table(['AveragePool', 'MaxPool', 'LpPool'], pool),
    ...table(['GlobalAveragePool', 'GlobalMaxPool'], perInput(1)),
    ...table(
      [
        'ReduceMax',
        'ReduceMean',
        'ReduceMin',
        'ReduceProd',
        'ReduceSum',
        'ArgMax',
        'ArgMin',
        'CumSum',
        'TopK',
      ],
      perInput(1),
    ),
    ...table(['ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSum'], perInput(2)),
    ReduceLogSumExp: perInput(3),
    ...table(['Max', 'Min', 'Sum', 'Mean'], variadic),
    ...table(
      [
        ...[
          'Abs',
          'Add',
          'And',
          'Ceil',
          'Cos',
          'Div',
          'Equal',
          'Erf',
          'Exp',
          'Floor',
          'Greater',
          'Less',
          'Log',
        ],
        ...['GreaterOrEqual', 'LessOrEqual', 'Mod', 'Mul', 'Neg', 'Not', 'Or', 'Pow', 'Reciprocal', 'Relu'],
        ...['Round', 'Sign', 'Sin', 'Sqrt', 'Sub', 'Tanh', 'Where', 'Xor', 'ScatterElements', 'ScatterND'],
      ],
      perOutput(1),
    ),
    // max and min; scale and shift; multiply, add, cut to [0, 1]
    ...table(['BatchNormalization', 'Clip', 'LeakyRelu', 'PRelu', 'Softsign', 'Softplus'], perOutput(2)),
    ...table(['Sigmoid', 'Elu', 'Celu', 'Selu', 'HardSigmoid'], perOutput(3)),
    ...table(['HardSwish', 'Mish'], perOutput(4)),
    // x·(1 + erf(x/√2))/2; ln(x + √(x² + 1)); max, subtract, exp, sum, divide
    ...table(['Asinh', 'Gelu', 'Softmax', 'LogSoftmax'], perOutput(5)),
    // mean (1), variance (3), subtract, divide, scale, shift
    ...table(['LayerNormalization', 'InstanceNormalization', 'GroupNormalization'], perOutput(8)),
  }),
);

/** Floating-point operations of one run of this node. */
export function flopsOf(node: Node, shapes: NodeShapes): number {
  return node.domain === '' ? (rules.get(node.op)?.(node, shapes) ?? 0) : 0;
}
