/** Values of nodes that compute element by element, and of whole reductions of lists. */
import { intAttribute } from '../attributes.ts';
import { elementCount, isFloatType } from '../dataTypes.ts';
import type { DataType, Dim } from '../ir.ts';
import { addDims, areEqual, floorDivideDims, multiplyDims, subtractDims } from './dims.ts';
import { broadcastTo, outputDims, roundTo, type ValueRule, type ValueScope } from './valueScope.ts';

function elementwise(compute: (values: readonly Dim[], dtype: DataType) => Dim): ValueRule {
  return (scope) => {
    const dims = outputDims(scope);
    const dtype = scope.outputs[0]?.dtype;
    const inputs = Array.from({ length: scope.inputCount }, (_, i) => scope.partial(i));
    if (!dims || !dtype || dtype === 'bfloat16' || inputs.some((input) => input === null)) return null;
    const operandType = inputs[0]!.dtype;
    const lists = inputs.map((input) => broadcastTo(input!, dims));
    const values = Array.from({ length: elementCount(dims) }, (_, at) =>
      roundTo(
        dtype,
        compute(
          lists.map((list) => list[at]!),
          operandType,
        ),
      ),
    );
    return [{ dtype, dims, values }];
  };
}

const unary = (compute: (value: number) => number) =>
  elementwise(([value]) => (typeof value === 'number' ? compute(value) : null));

function folding(combine: (a: Dim, b: Dim) => Dim): ValueRule {
  return elementwise((values) => values.reduce((a, b) => combine(a, b)));
}

const numeric = (compute: (a: number, b: number) => number) => (a: Dim, b: Dim) =>
  typeof a === 'number' && typeof b === 'number' ? compute(a, b) : null;

const divide = elementwise(([a, b], dtype) => {
  if (isFloatType(dtype)) return numeric((x, y) => x / y)(a!, b!);
  // Integer division cuts towards zero; sizes, which are what symbols stand for, are not negative.
  if (typeof a === 'number' && typeof b === 'number') return b === 0 ? null : Math.trunc(a / b);
  return floorDivideDims(a!, b!);
});

const modulo: ValueRule = (scope) =>
  elementwise(([a, b], dtype) => {
    const isC = intAttribute(scope.node, 'fmod', 0) === 1;
    if (typeof a !== 'number' || typeof b !== 'number' || b === 0) {
      return b === 1 && !isFloatType(dtype) ? 0 : exactRemainder(a!, b!);
    }
    return isC ? a % b : a - Math.floor(a / b) * b;
  })(scope);

/** 0 where b divides a whatever the symbols are. */
function exactRemainder(a: Dim, b: Dim): Dim {
  return areEqual(multiplyDims(floorDivideDims(a, b), b), a) === true ? 0 : null;
}

/** 0 times whatever it is, in integers. */
const multiply: ValueRule = (scope) => {
  const product = folding(multiplyDims)(scope);
  const dims = outputDims(scope);
  const dtype = scope.outputs[0]?.dtype;
  const isZero = [0, 1].some((i) => scope.partial(i)?.values.every((value) => value === 0));
  if (product || !dims || !dtype || isFloatType(dtype) || !isZero) return product;
  return [{ dtype, dims, values: new Array<Dim>(elementCount(dims)).fill(0) }];
};

function compare(test: (a: number, b: number) => boolean): ValueRule {
  return elementwise(([a, b]) => {
    if (typeof a === 'number' && typeof b === 'number') return Number(test(a, b));
    return null;
  });
}

const Equal = elementwise(([a, b]) => {
  const equal = areEqual(a!, b!);
  return equal === null ? null : Number(equal);
});

const Where = (scope: ValueScope) => {
  const dims = outputDims(scope);
  const [condition, yes, no] = [scope.partial(0), scope.partial(1), scope.partial(2)];
  if (!dims || !condition || !yes || !no) return null;
  const [c, a, b] = [condition, yes, no].map((each) => broadcastTo(each, dims)) as [Dim[], Dim[], Dim[]];
  const values = c.map((flag, at) =>
    flag === null ? (areEqual(a[at]!, b[at]!) ? a[at]! : null) : flag ? a[at]! : b[at]!,
  );
  return [{ dtype: yes.dtype, dims, values }];
};

const Cast: ValueRule = (scope) => {
  const input = scope.partial(0);
  const dtype = scope.outputs[0]?.dtype;
  if (!input || !dtype || dtype === 'bfloat16' || input.dtype === 'bfloat16') return null;
  const values = input.values.map((value) => {
    if (typeof value !== 'number') return dtype === 'bool' ? null : value;
    if (dtype === 'bool') return Number(value !== 0);
    // A symbol stays a symbol as a float: exporters compute sizes in float and cast back.
    return isFloatType(dtype) ? roundTo(dtype, value) : Number.isFinite(value) ? Math.trunc(value) : null;
  });
  return [{ dtype, dims: input.dims, values }];
};

function reducing(combine: (a: Dim, b: Dim) => Dim): ValueRule {
  return (scope) => {
    const input = scope.partial(0);
    const dims = outputDims(scope);
    // Only whole reductions of lists: what shape arithmetic needs.
    if (!input || !dims || elementCount(dims) !== 1 || input.values.length === 0) return null;
    return [{ ...input, dims, values: [roundTo(input.dtype, input.values.reduce(combine))] }];
  };
}

const extreme = (choose: (...values: number[]) => number) =>
  elementwise((values) => {
    if (values.every((value) => typeof value === 'number')) return choose(...(values as number[]));
    return values.every((value) => value === values[0]) ? values[0]! : null;
  });

export const arithmeticValues: Readonly<Record<string, ValueRule>> = {
  Cast,
  Where,
  Add: folding(addDims),
  Sub: folding(subtractDims),
  Mul: multiply,
  Div: divide,
  Mod: modulo,
  Max: extreme(Math.max),
  Min: extreme(Math.min),
  Equal,
  Greater: compare((a, b) => a > b),
  GreaterOrEqual: compare((a, b) => a >= b),
  Less: compare((a, b) => a < b),
  LessOrEqual: compare((a, b) => a <= b),
  And: folding(numeric((a, b) => a & b)),
  Or: folding(numeric((a, b) => a | b)),
  Xor: folding(numeric((a, b) => a ^ b)),
  Not: unary((value) => Number(value === 0)),
  Neg: unary((value) => -value),
  Abs: unary(Math.abs),
  Sqrt: unary(Math.sqrt),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Reciprocal: unary((value) => 1 / value),
  Relu: unary((value) => Math.max(0, value)),
  ReduceSum: reducing(addDims),
  ReduceProd: reducing(multiplyDims),
};
