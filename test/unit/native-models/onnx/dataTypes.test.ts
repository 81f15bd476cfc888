import { describe, expect, it } from 'vitest';
import {
  bfloat16ToNumber,
  boolTensor,
  bytesPerElement,
  codeOfDataType,
  dataTypeOfCode,
  float16ToNumber,
  float32Tensor,
  int64List,
  numberToBfloat16,
  numberToFloat16,
  tensorBytes,
  tensorFromBytes,
  tensorFromNumbers,
  tensorToNumbers,
  zeroTensor,
} from '../../../../native-models/onnx/dataTypes.ts';
import type { DataType } from '../../../../native-models/onnx/ir.ts';

const allTypes: readonly DataType[] = [
  ...(['float32', 'float64', 'float16', 'bfloat16', 'bool', 'int8', 'uint8', 'int16', 'uint16'] as const),
  ...(['int32', 'uint32', 'int64', 'uint64'] as const),
];

describe('element types', () => {
  it.each(allTypes)('%s: bytes and numbers there and back', (dtype) => {
    expect(dataTypeOfCode(codeOfDataType(dtype))).toBe(dtype);
    const numbers = dtype === 'bool' ? [0, 1, 1] : [0, 1, 100];
    const tensor = tensorFromNumbers(dtype, [3], numbers);
    expect([...tensorToNumbers(tensor)]).toEqual(numbers);
    const bytes = tensorBytes(tensor);
    expect(bytes.byteLength).toBe(3 * bytesPerElement(dtype));
    expect(tensorFromBytes(dtype, [3], bytes)).toEqual(tensor);
    expect([...tensorToNumbers(zeroTensor(dtype, [2, 2]))]).toEqual([0, 0, 0, 0]);
  });

  it('refuses data that do not fill the dimensions', () => {
    expect(() => float32Tensor([2, 2], [1, 2, 3])).toThrow(RangeError);
    expect(() => tensorFromBytes('float32', [2], new Uint8Array(7))).toThrow(RangeError);
  });

  it('copies bytes, so that a file can be let go', () => {
    const bytes = new Uint8Array([1, 0, 1]);
    const tensor = tensorFromBytes('bool', [3], bytes);
    bytes.fill(0);
    expect(tensor).toEqual(boolTensor([3], [true, false, true]));
  });

  it('knows every float16 pattern', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = float16ToNumber(bits);
      if (!Number.isNaN(value)) expect(numberToFloat16(value)).toBe(bits);
    }
    // IEEE 754 binary16: largest, smallest normal, smallest subnormal, a tie to even, overflow.
    expect(float16ToNumber(0x7bff)).toBe(65504);
    expect(float16ToNumber(0x0400)).toBe(2 ** -14);
    expect(float16ToNumber(0x0001)).toBe(2 ** -24);
    expect(numberToFloat16(2049)).toBe(numberToFloat16(2048));
    expect(numberToFloat16(2051)).toBe(numberToFloat16(2052));
    expect(numberToFloat16(65519.9)).toBe(0x7bff);
    expect(numberToFloat16(65520)).toBe(0x7c00);
    expect(Number.isNaN(float16ToNumber(numberToFloat16(NaN)))).toBe(true);
  });

  it('knows every bfloat16 pattern', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = bfloat16ToNumber(bits);
      if (!Number.isNaN(value)) expect(numberToBfloat16(value)).toBe(bits);
    }
    expect(bfloat16ToNumber(0x3f80)).toBe(1);
  });

  it('keeps the largest int64', () => {
    expect(int64List([2n ** 63n - 1n]).data[0]).toBe(2n ** 63n - 1n);
  });
});
