import { createHash } from 'node:crypto';
import { ModelError } from '../errors.ts';
import { bytesPerElement, elementCount, tensorBytes, tensorFromBytes } from '../onnx/dataTypes.ts';
import type { DataType, Tensor } from '../onnx/ir.ts';

/** https://github.com/huggingface/safetensors: 8 bytes header length, a JSON header, then the tensors' bytes. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const typeNames: ReadonlyMap<DataType, string> = new Map([
  ['float32', 'F32'],
  ['float64', 'F64'],
  ['float16', 'F16'],
  ['bfloat16', 'BF16'],
  ['int8', 'I8'],
  ['uint8', 'U8'],
  ['int16', 'I16'],
  ['uint16', 'U16'],
  ['int32', 'I32'],
  ['uint32', 'U32'],
  ['int64', 'I64'],
  ['uint64', 'U64'],
  ['bool', 'BOOL'],
]);
const typesByName = new Map([...typeNames].map(([dtype, name]) => [name, dtype]));

/** The format's own limit; a header is otherwise believed whatever it claims. */
const maxHeaderBytes = 100_000_000;
const alignment = 8;

/**
 * Wide elements first, so that each tensor starts at a multiple of its element's size and can be mapped; then by name,
 * so that equal content gives equal bytes.
 */
export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  const sorted = [...tensors].sort(
    ([a, { dtype: first }], [b, { dtype: second }]) =>
      bytesPerElement(second) - bytesPerElement(first) || (a < b ? -1 : 1),
  );
  for (const [name, tensor] of sorted) {
    const { byteLength } = tensor.data;
    header[name] = {
      dtype: typeNames.get(tensor.dtype),
      shape: tensor.dims,
      data_offsets: [offset, offset + byteLength],
    };
    offset += byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / alignment) * alignment;
  const bytes = new Uint8Array(8 + headerLength + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, 8);
  bytes.fill(0x20, 8 + json.length, 8 + headerLength);
  let at = 8 + headerLength;
  for (const [, tensor] of sorted) {
    bytes.set(tensorBytes(tensor), at);
    at += tensor.data.byteLength;
  }
  return bytes;
}

/** @throws ModelError `modelUnreadable` naming what is wrong with the file */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { header, start } = readHeader(bytes);
  const data = bytes.subarray(start);
  const { __metadata__: metadata, ...described } = header;
  const entries = Object.entries(described).map(
    ([name, entry]) => [name, readEntry(name, entry, data.length)] as const,
  );
  // Before anything is copied: otherwise each of very many names could have all of the data for itself.
  checkCoverage(
    entries.map(([, { range }]) => range),
    data.length,
  );
  const tensors = new Map(entries.map(([name, entry]) => [name, readTensor(name, entry, data)]));
  return { tensors, metadata: readMetadata(metadata) };
}

const damaged = (reason: string) => new ModelError('modelUnreadable', { reason });

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw damaged('no safetensors header');
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > maxHeaderBytes || 8 + length > bytes.length)
    throw damaged('the safetensors header is cut off');
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) {
      return { header: { ...header }, start: 8 + length };
    }
  } catch {
    // Said below, in our own words.
  }
  throw damaged('the safetensors header is not JSON');
}

function readMetadata(entry: unknown): Record<string, string> {
  const pairs = Object.entries(entry ?? {}).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  return Object.fromEntries(pairs);
}

/** The format allows neither gaps nor overlaps nor bytes behind the last tensor. */
function checkCoverage(ranges: readonly (readonly [start: number, end: number])[], length: number): void {
  let covered = 0;
  for (const [start, end] of [...ranges].sort(([a, b], [c, d]) => a - c || b - d)) {
    if (start !== covered) throw damaged('the tensors leave gaps or overlap');
    covered = end;
  }
  if (covered !== length) throw damaged('the file does not end with its last tensor');
}

/** What the header says of a tensor. */
interface Entry {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly range: readonly [start: number, end: number];
}

function readEntry(name: string, entry: unknown, length: number): Entry {
  const { dtype, shape, data_offsets: range } = (entry ?? {}) as Record<string, unknown>;
  const type = typesByName.get(String(dtype));
  const [start, end] = isSizes(range) ? range : [];
  if (!type || !isSizes(shape) || start === undefined || end === undefined || start > end || end > length) {
    throw damaged(`tensor ${shown(name)} is not described properly`);
  }
  return { dtype: type, shape, range: [start, end] };
}

function readTensor(name: string, { dtype, shape, range }: Entry, data: Uint8Array): Tensor {
  try {
    return tensorFromBytes(dtype, shape, data.subarray(...range));
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw damaged(`tensor ${shown(name)} has not ${elementCount(shape)} elements`);
    }
    throw cause;
  }
}

/** Of a name that the file may have made as long as it likes. */
function shown(name: string): string {
  return name.slice(0, 100);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** SHA-256 over names, types, shapes and contents, hex: notices a changed bit, which the format itself does not. */
export function tensorsDigest(tensors: ReadonlyMap<string, Tensor>): string {
  const hash = createHash('sha256');
  for (const [name, tensor] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name} ${tensor.dtype} ${tensor.dims.join()};`).update(tensorBytes(tensor));
  }
  return hash.digest('hex');
}
