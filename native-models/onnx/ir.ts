/**
 * The graph as this library sees it: plain data, close to onnx.proto (https://github.com/onnx/onnx), without
 * protobuf. Only `protobuf.ts` knows the wire format. Passes are functions Model → Model that share what they
 * do not change, so nothing here is ever mutated after it was built.
 */

/** ONNX element types with the typed array that holds them. float16/bfloat16 are kept as raw 16-bit patterns. */
export interface TensorArrays {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  /** One byte an element, 0 or 1. */
  bool: Uint8Array;
}
export type DataType = keyof TensorArrays;

/** Dense tensor, row-major. `dims: []` is a scalar. */
export type Tensor = {
  [Type in DataType]: {
    readonly dtype: Type;
    readonly dims: readonly number[];
    readonly data: TensorArrays[Type];
    /** Fields this library does not read, kept for writing; the same on the other kinds of thing below. */
    readonly opaque?: unknown;
  };
}[DataType];

/** A number where it fits exactly, else a bigint (e.g. INT64_MAX as "to the end" of a Slice). */
export type Int = number | bigint;

export type Attribute = AttributeValue & { readonly opaque?: unknown };

export type AttributeValue =
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'int'; readonly value: Int }
  | { readonly type: 'string'; readonly value: Uint8Array }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'ints'; readonly value: readonly Int[] }
  | { readonly type: 'strings'; readonly value: readonly Uint8Array[] }
  /** Subgraphs, sparse tensors and whatever a later ONNX adds: carried through unread. */
  | { readonly type: 'opaque'; readonly value: unknown };

export interface Node {
  /** May be empty; unique where it is not. */
  readonly name: string;
  readonly op: string;
  /** '' is the standard ONNX domain. */
  readonly domain: string;
  /** '' is an omitted optional input or output; it keeps its position. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly docString?: string;
  readonly opaque?: unknown;
}

/** A dimension: a size, a symbol ('batch'), or unknown. */
export type Dim = number | string | null;

/** `shape: null` = not even the rank is known. */
export interface ValueInfo {
  readonly name: string;
  readonly dtype: DataType | null;
  readonly shape: readonly Dim[] | null;
  readonly opaque?: unknown;
}

export interface Graph {
  readonly name: string;
  /** True inputs first as in the file; in old files initializers may be listed here too. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** In topological order. */
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** Shapes the file states for inner values. */
  readonly valueInfo: ReadonlyMap<string, ValueInfo>;
  readonly opaque?: unknown;
}

export interface Model {
  readonly irVersion: number;
  /** Domain → version; '' is the standard domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly producer: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly graph: Graph;
  readonly opaque?: unknown;
}
