import { intAttribute } from '../attributes.ts';
import { dataTypeOfCode } from '../dataTypes.ts';
import type { DataType } from '../ir.ts';
import { broadcastShapes, positiveAxis, type ShapeRule, type ShapeScope } from './scope.ts';

/** One output like the first input. */
const sameAsInput: ShapeRule = (scope) => [{ dtype: scope.dtype(0), shape: scope.shape(0) }];

const unary = [
  ...['Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'BitwiseNot', 'Ceil', 'Celu', 'Clip', 'Cos'],
  ...[
    'Cosh',
    'CumSum',
    'Elu',
    'Erf',
    'Exp',
    'Floor',
    'Gelu',
    'Hardmax',
    'HardSigmoid',
    'HardSwish',
    'Identity',
  ],
  ...['GroupNormalization', 'InstanceNormalization', 'LeakyRelu', 'Log', 'LogSoftmax', 'LRN'],
  ...['LpNormalization', 'MeanVarianceNormalization', 'Mish', 'Neg', 'Not', 'PRelu', 'Reciprocal', 'Relu'],
  ...[
    'ReverseSequence',
    'Round',
    'ScatterElements',
    'Scatter',
    'ScatterND',
    'Selu',
    'Shrink',
    'Sigmoid',
    'Sign',
  ],
  ...['Sin', 'Sinh', 'Softmax', 'Softplus', 'Softsign', 'Sqrt', 'Swish', 'Tan', 'Tanh', 'ThresholdedRelu'],
  'Trilu',
];
const arithmetic = ['Add', 'Sub', 'Mul', 'Div', 'Mod', 'Pow', 'Max', 'Min', 'Sum', 'Mean', 'BitShift'];
const bitwise = ['BitwiseAnd', 'BitwiseOr', 'BitwiseXor'];
const logical = ['And', 'Or', 'Xor', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'];

function broadcasting(dtypeOf: (scope: ShapeScope) => DataType | null): ShapeRule {
  return (scope) => {
    const shapes = Array.from({ length: scope.inputCount }, (_, i) => scope.shape(i));
    return [{ dtype: dtypeOf(scope), shape: broadcastShapes(scope, shapes) }];
  };
}

/** Same shape as the first input, another element type. */
function retyped(dtypeOf: (scope: ShapeScope) => DataType | null): ShapeRule {
  return (scope) => [{ dtype: dtypeOf(scope), shape: scope.shape(0) }];
}

const typeOfAttribute =
  (name: string) =>
  (scope: ShapeScope): DataType | null => {
    const code = intAttribute(scope.node, name);
    return code === undefined ? null : dataTypeOfCode(code);
  };

const ofAttributeOrInput = (scope: ShapeScope) => typeOfAttribute('dtype')(scope) ?? scope.dtype(0);

const BatchNormalization: ShapeRule = (scope) => {
  const statistics = { dtype: scope.dtype(3), shape: scope.shape(3) };
  return [{ dtype: scope.dtype(0), shape: scope.shape(0) }, statistics, statistics];
};

const LayerNormalization: ShapeRule = (scope) => {
  const shape = scope.shape(0);
  const first = shape && positiveAxis(scope, intAttribute(scope.node, 'axis', -1), shape.length);
  const reduced = shape && first !== null ? shape.map((dim, axis) => (axis < first ? dim : 1)) : null;
  const statistics = { dtype: 'float32' as const, shape: reduced };
  return [{ dtype: scope.dtype(0), shape }, statistics, statistics];
};

const Dropout: ShapeRule = (scope) => [
  { dtype: scope.dtype(0), shape: scope.shape(0) },
  { dtype: scope.opset >= 10 ? 'bool' : scope.dtype(0), shape: scope.shape(0) },
];

export const elementwiseRules: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(unary.map((op) => [op, sameAsInput])),
  ...Object.fromEntries(
    [...arithmetic, ...bitwise].map((op) => [op, broadcasting((scope) => scope.dtype(0))]),
  ),
  ...Object.fromEntries(logical.map((op) => [op, broadcasting(() => 'bool')])),
  BatchNormalization,
  LayerNormalization,
  Dropout,
  Where: broadcasting((scope) => scope.dtype(1)),
  IsInf: retyped(() => 'bool'),
  IsNaN: retyped(() => 'bool'),
  Cast: retyped(typeOfAttribute('to')),
  CastLike: retyped((scope) => scope.dtype(1)),
  QuantizeLinear: retyped((scope) => (scope.has(2) ? scope.dtype(2) : 'uint8')),
  DequantizeLinear: retyped((scope) => scope.dtype(1)),
  RandomNormalLike: retyped(ofAttributeOrInput),
  RandomUniformLike: retyped(ofAttributeOrInput),
  Bernoulli: retyped(ofAttributeOrInput),
  EyeLike: retyped(ofAttributeOrInput),
};
