import { ModelError } from '../errors.ts';
import {
  bytesPerElement,
  dataTypeOfCode,
  elementCount,
  makeTensor,
  tensorFromBytes,
  tensorFromNumbers,
} from './dataTypes.ts';
import type { Attribute, AttributeValue, Dim, Graph, Int, Model, Node, Tensor, ValueInfo } from './ir.ts';
import {
  AttributeType,
  DataLocation,
  parseModelProto,
  type AttributeProto,
  type DimensionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type UnknownField,
  type ValueInfoProto,
} from './protobuf.ts';
import { sortNodes } from './topology.ts';

/** Where a tensor's bytes lie outside the model file; `length: null` = to the end of that file. */
export interface ExternalLocation {
  readonly location: string;
  readonly offset: number;
  readonly length: number | null;
}

export interface ReadOptions {
  /** What error messages call the model, e.g. the file's name. */
  readonly name?: string;
  /** Fetches tensors stored beside the model. Without it such a model is refused. */
  readonly readExternal?: (where: ExternalLocation) => Uint8Array;
}

/** What a graph carries that this library has no form for. */
export interface GraphOpaque {
  readonly fields: readonly UnknownField[];
  /** Initializers of types without a typed array (strings, 4 and 8 bit floats …). */
  readonly initializers: readonly TensorProto[];
}

/**
 * Reads an ONNX file, IR version 3 and later. Nodes come out in topological order.
 * @throws ModelError modelUnreadable where the bytes are no ONNX model or contradict themselves;
 *   modelExternalDataMissing where tensors lie in another file and `readExternal` is not given.
 */
export function readModel(bytes: Uint8Array, options: ReadOptions = {}): Model {
  const name = options.name ?? 'model';
  try {
    return convertModel(parseModelProto(bytes), { ...options, name });
  } catch (error) {
    if (error instanceof ModelError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    // Names and sizes in it come from the file, which may have made them as long as it likes.
    throw new ModelError('modelUnreadable', { name, reason: reason.slice(0, mostReason) }, { cause: error });
  }
}

const mostReason = 300;

type Context = ReadOptions & { readonly name: string };

/** Reason for refusing; `readModel` adds which model it was. */
class Malformed extends Error {}

function convertModel(proto: ModelProto, context: Context): Model {
  if (!proto.graph) throw new Malformed('no graph');
  if (proto.opsetImport.length === 0) throw new Malformed('no operator set');
  return {
    irVersion: toNumber(proto.irVersion),
    opsets: new Map(proto.opsetImport.map((set) => [standardDomain(set.domain), toNumber(set.version)])),
    producer: proto.producerName,
    metadata: new Map(proto.metadataProps.map(({ key, value }) => [key, value])),
    graph: convertGraph(proto.graph, context),
    ...keepUnknown(proto),
  };
}

function convertGraph(proto: GraphProto, context: Context): Graph {
  const initializers = new Map<string, Tensor>();
  const unreadable: TensorProto[] = [];
  for (const each of proto.initializer) {
    const tensor = convertTensor(each, context);
    if (tensor) initializers.set(each.name, tensor);
    else unreadable.push(each);
  }
  const opaque: GraphOpaque = { fields: proto.$unknown ?? [], initializers: unreadable };
  const isOpaque = opaque.fields.length > 0 || opaque.initializers.length > 0;
  const inputs = proto.input.map(convertValueInfo);
  return {
    name: proto.name,
    inputs: [
      ...inputs.filter(({ name }) => !initializers.has(name)),
      ...inputs.filter(({ name }) => initializers.has(name)),
    ],
    outputs: proto.output.map(convertValueInfo),
    nodes: sortNodes(proto.node.map((node) => convertNode(node, context))),
    initializers,
    valueInfo: new Map(proto.valueInfo.map((info) => [info.name, convertValueInfo(info)])),
    ...(isOpaque ? { opaque } : {}),
  };
}

function convertNode(proto: NodeProto, context: Context): Node {
  return {
    name: proto.name,
    op: proto.opType,
    domain: standardDomain(proto.domain),
    inputs: proto.input,
    outputs: proto.output,
    attributes: new Map(proto.attribute.map((each) => [each.name, convertAttribute(each, context)])),
    ...(proto.docString ? { docString: proto.docString } : {}),
    ...keepUnknown(proto),
  };
}

function convertAttribute(proto: AttributeProto, context: Context): Attribute {
  return { ...attributeValue(proto, context), ...keepUnknown(proto) };
}

function attributeValue(proto: AttributeProto, context: Context): AttributeValue {
  switch (proto.type) {
    case AttributeType.FLOAT:
      return { type: 'float', value: proto.f ?? 0 };
    case AttributeType.INT:
      return { type: 'int', value: toInt(proto.i ?? 0n) };
    case AttributeType.STRING:
      return { type: 'string', value: copyOf(proto.s) };
    case AttributeType.TENSOR: {
      const tensor = proto.t && convertTensor(proto.t, context);
      return tensor ? { type: 'tensor', value: tensor } : { type: 'opaque', value: proto };
    }
    case AttributeType.FLOATS:
      return { type: 'floats', value: proto.floats };
    case AttributeType.INTS:
      return { type: 'ints', value: proto.ints.map(toInt) };
    case AttributeType.STRINGS:
      return { type: 'strings', value: proto.strings.map(copyOf) };
    default:
      return { type: 'opaque', value: proto };
  }
}

/** Null where the element type has no typed array; the message then holds its bytes itself. */
function convertTensor(proto: TensorProto, context: Context): Tensor | null {
  if (proto.dataLocation === DataLocation.EXTERNAL) {
    proto.rawData = readExternalBytes(proto, context);
    proto.dataLocation = DataLocation.DEFAULT;
    proto.externalData = [];
  }
  const dtype = dataTypeOfCode(proto.dataType);
  if (dtype === null) return null;
  const dims = proto.dims.map(toNumber);
  if (dims.some((dim) => dim < 0)) throw new Malformed(`tensor ${proto.name} has a negative dimension`);
  try {
    return { ...tensorData(proto, dtype, dims), ...keepUnknown(proto) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Malformed(`tensor ${proto.name}: ${error.message}`, { cause: error });
  }
}

function tensorData(proto: TensorProto, dtype: Tensor['dtype'], dims: readonly number[]): Tensor {
  if (proto.rawData !== undefined) return tensorFromBytes(dtype, dims, proto.rawData);
  switch (dtype) {
    case 'float32':
      return makeTensor(dtype, dims, Float32Array.from(proto.floatData));
    case 'float64':
      return makeTensor(dtype, dims, Float64Array.from(proto.doubleData));
    case 'int64':
      return makeTensor(dtype, dims, BigInt64Array.from(proto.int64Data));
    case 'uint64':
      return makeTensor(dtype, dims, BigUint64Array.from(proto.uint64Data));
    case 'uint32':
      return makeTensor(dtype, dims, Uint32Array.from(proto.uint64Data, Number));
    case 'float16':
    case 'bfloat16':
      return makeTensor(dtype, dims, Uint16Array.from(proto.int32Data));
    default:
      if (proto.int32Data.length !== elementCount(dims)) {
        throw new RangeError(`${proto.int32Data.length} elements for [${dims.join(', ')}]`);
      }
      return tensorFromNumbers(dtype, dims, proto.int32Data);
  }
}

function readExternalBytes(proto: TensorProto, context: Context): Uint8Array {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location');
  if (!location) throw new Malformed(`tensor ${proto.name} is external but names no file`);
  if (!context.readExternal) {
    throw new ModelError('modelExternalDataMissing', { name: context.name, file: location });
  }
  const dtype = dataTypeOfCode(proto.dataType);
  const stated = entries.get('length');
  const known = dtype && elementCount(proto.dims.map(toNumber)) * bytesPerElement(dtype);
  return context.readExternal({
    location,
    offset: byteCount(entries.get('offset') ?? '0', proto),
    length: stated === undefined ? known : byteCount(stated, proto),
  });
}

function byteCount(text: string, proto: TensorProto): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new Malformed(`tensor ${proto.name} lies at “${text}” of its file`);
  }
  return Number(text);
}

function convertValueInfo(proto: ValueInfoProto): ValueInfo {
  const tensor = proto.type?.tensorType;
  const hasMore =
    proto.$unknown ??
    proto.type?.$unknown ??
    tensor?.$unknown ??
    tensor?.shape?.$unknown ??
    tensor?.shape?.dim.some((dim) => dim.$unknown);
  return {
    name: proto.name,
    dtype: tensor ? dataTypeOfCode(tensor.elemType) : null,
    shape: tensor?.shape ? tensor.shape.dim.map(convertDim) : null,
    ...(hasMore || (tensor && dataTypeOfCode(tensor.elemType) === null) ? { opaque: proto } : {}),
  };
}

function convertDim({ value }: DimensionProto): Dim {
  // Some exporters write a negative size or an empty symbol for "unknown".
  if (value.case === 'dimValue') return value.value < 0n ? null : toNumber(value.value);
  return value.case === 'dimParam' && value.value !== '' ? value.value : null;
}

function keepUnknown(proto: { $unknown?: UnknownField[] | undefined }): { opaque?: unknown } {
  return proto.$unknown?.length ? { opaque: proto.$unknown } : {};
}

function standardDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

function copyOf(bytes: Uint8Array | undefined): Uint8Array {
  return new Uint8Array(bytes ?? []);
}

function toInt(value: bigint): Int {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function toNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Malformed(`${value} is no size or version`);
  return number;
}
