import type { DataType, Tensor, TensorArrays } from './ir.ts';

interface TypeFacts {
  /** TensorProto.DataType of onnx.proto. */
  readonly code: number;
  readonly bytes: number;
  readonly array: new (buffer: ArrayBuffer) => TensorArrays[DataType];
}

const facts: Readonly<Record<DataType, TypeFacts>> = {
  float32: { code: 1, bytes: 4, array: Float32Array },
  uint8: { code: 2, bytes: 1, array: Uint8Array },
  int8: { code: 3, bytes: 1, array: Int8Array },
  uint16: { code: 4, bytes: 2, array: Uint16Array },
  int16: { code: 5, bytes: 2, array: Int16Array },
  int32: { code: 6, bytes: 4, array: Int32Array },
  int64: { code: 7, bytes: 8, array: BigInt64Array },
  bool: { code: 9, bytes: 1, array: Uint8Array },
  float16: { code: 10, bytes: 2, array: Uint16Array },
  float64: { code: 11, bytes: 8, array: Float64Array },
  uint32: { code: 12, bytes: 4, array: Uint32Array },
  uint64: { code: 13, bytes: 8, array: BigUint64Array },
  bfloat16: { code: 16, bytes: 2, array: Uint16Array },
};

const byCode = new Map(Object.entries(facts).map(([dtype, { code }]) => [code, dtype as DataType]));

/** The type behind a number of onnx.proto, or null where this library has none (strings, complex, 4 and 8 bit floats). */
export function dataTypeOfCode(code: number): DataType | null {
  return byCode.get(code) ?? null;
}

/** The number onnx.proto gives this type, e.g. for the `to` attribute of a Cast. */
export function codeOfDataType(dtype: DataType): number {
  return facts[dtype].code;
}

/** Size of one element in bytes. */
export function bytesPerElement(dtype: DataType): number {
  return facts[dtype].bytes;
}

export function isFloatType(dtype: DataType | null): boolean {
  return dtype === 'float32' || dtype === 'float16' || dtype === 'float64' || dtype === 'bfloat16';
}

/** Number of elements; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A tensor over `data`, which is used as it is. Throws RangeError where `dims` and `data` disagree. */
export function makeTensor<Type extends DataType>(
  dtype: Type,
  dims: readonly number[],
  data: TensorArrays[Type],
): Extract<Tensor, { dtype: Type }> {
  if (elementCount(dims) !== data.length) {
    throw new RangeError(`${data.length} elements do not fill a tensor of [${dims.join(', ')}]`);
  }
  return { dtype, dims, data } as Extract<Tensor, { dtype: Type }>;
}

/** A tensor of zeros. */
export function zeroTensor(dtype: DataType, dims: readonly number[]): Tensor {
  return tensorFromBytes(dtype, dims, new Uint8Array(elementCount(dims) * bytesPerElement(dtype)));
}

/** float32; a plain list is rounded to float32. */
export function float32Tensor(dims: readonly number[], data: ArrayLike<number>) {
  return makeTensor('float32', dims, data instanceof Float32Array ? data : Float32Array.from(data));
}

/** int64 from numbers or bigints. */
export function int64Tensor(dims: readonly number[], data: BigInt64Array | readonly (number | bigint)[]) {
  return makeTensor(
    'int64',
    dims,
    data instanceof BigInt64Array ? data : BigInt64Array.from(data, (value) => BigInt(value)),
  );
}

/** A list of sizes, axes or indices as ONNX operators take them: int64 [values.length]. */
export function int64List(values: readonly (number | bigint)[]) {
  return int64Tensor([values.length], values);
}

/** One byte an element. */
export function boolTensor(dims: readonly number[], data: readonly boolean[] | Uint8Array) {
  return makeTensor('bool', dims, data instanceof Uint8Array ? data : Uint8Array.from(data, Number));
}

/** A tensor without dimensions. */
export function float32Scalar(value: number) {
  return float32Tensor([], [value]);
}

/** A tensor without dimensions. */
export function int64Scalar(value: number | bigint) {
  return int64Tensor([], [value]);
}

/** Little-endian bytes, sharing the tensor's memory. */
export function tensorBytes(tensor: Tensor): Uint8Array {
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}

/** The inverse of `tensorBytes`; copies. Throws RangeError where the length does not fit `dims`. */
export function tensorFromBytes(dtype: DataType, dims: readonly number[], bytes: Uint8Array): Tensor {
  const { bytes: size, array: TypedArray } = facts[dtype];
  if (bytes.byteLength !== elementCount(dims) * size) {
    throw new RangeError(`${bytes.byteLength} bytes do not fill a ${dtype} tensor of [${dims.join(', ')}]`);
  }
  return { dtype, dims, data: new TypedArray(new Uint8Array(bytes).buffer) } as Tensor;
}

/** The elements as float64 (bool as 0/1, 64-bit integers rounded), e.g. for evaluating small constants. */
export function tensorToNumbers(tensor: Tensor): Float64Array {
  if (tensor.dtype === 'float16') return Float64Array.from(tensor.data, float16ToNumber);
  if (tensor.dtype === 'bfloat16') return Float64Array.from(tensor.data, bfloat16ToNumber);
  return Float64Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

/** The inverse of `tensorToNumbers`; rounds to the type (floats to nearest even, integers towards zero). */
export function tensorFromNumbers(
  dtype: DataType,
  dims: readonly number[],
  values: ArrayLike<number>,
): Tensor {
  const numbers = Array.from(values);
  const { array } = facts[dtype];
  const data =
    dtype === 'int64'
      ? BigInt64Array.from(numbers, (value) => BigInt(Math.trunc(value)))
      : dtype === 'uint64'
        ? BigUint64Array.from(numbers, (value) => BigInt(Math.trunc(value)))
        : dtype === 'float16'
          ? Uint16Array.from(numbers, numberToFloat16)
          : dtype === 'bfloat16'
            ? Uint16Array.from(numbers, numberToBfloat16)
            : dtype === 'bool'
              ? Uint8Array.from(numbers, (value) => Number(value !== 0))
              : (array as unknown as Float32ArrayConstructor).from(numbers);
  return makeTensor(dtype, dims, data as never) as Tensor;
}

const float32Bits = new Float32Array(1);
const uint32Bits = new Uint32Array(float32Bits.buffer);

/** IEEE 754 binary16 pattern → number. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Number → binary16 pattern, to nearest even. */
export function numberToFloat16(value: number): number {
  float32Bits[0] = value;
  const sign = (uint32Bits[0]! >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundToEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  const scaled = roundToEven((magnitude / 2 ** exponent) * 1024);
  // A carry out of the fraction (scaled === 2048) moves into the exponent by plain addition.
  return sign | (((exponent + 15) << 10) + (scaled - 1024));
}

/** bfloat16 pattern → number. */
export function bfloat16ToNumber(bits: number): number {
  uint32Bits[0] = bits << 16;
  return float32Bits[0]!;
}

/** Number → bfloat16 pattern, to nearest even. */
export function numberToBfloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  float32Bits[0] = value;
  const bits = uint32Bits[0]!;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
