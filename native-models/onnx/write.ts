import { ModelError } from '../errors.ts';
import { codeOfDataType, tensorBytes } from './dataTypes.ts';
import type { Attribute, Dim, Graph, Model, Node, Tensor, ValueInfo } from './ir.ts';
import {
  AttributeType,
  DataLocation,
  newMessage,
  serializeModelProto,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type StringStringEntryProto,
  type TensorProto,
  type UnknownField,
  type ValueInfoProto,
} from './protobuf.ts';
import type { ExternalLocation, GraphOpaque } from './read.ts';

/** Protobuf's own limit for one message. */
const maxMessageBytes = 2 ** 31 - 1;

export interface WriteOptions {
  /** Stores an initializer's bytes elsewhere and says where; null = keep it in the model. */
  readonly storeExternal?: (name: string, bytes: Uint8Array) => ExternalLocation | null;
}

/**
 * Writes an ONNX file. Tensor data are written as raw little-endian bytes.
 * @throws ModelError badRequest where the model would pass protobuf's 2 GiB; store its data externally then.
 */
export function writeModel(model: Model, options: WriteOptions = {}): Uint8Array {
  const kept = options.storeExternal
    ? 0
    : [...model.graph.initializers.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  if (kept > maxMessageBytes) throw new ModelError('badRequest', { reason: 'model over 2 GiB', bytes: kept });
  return serializeModelProto(modelProto(model, options));
}

function modelProto(model: Model, options: WriteOptions): ModelProto {
  const proto = newMessage.model();
  proto.irVersion = BigInt(model.irVersion);
  proto.producerName = model.producer;
  proto.opsetImport = [...model.opsets].map(([domain, version]) => ({
    $typeName: 'onnx.OperatorSetIdProto',
    domain,
    version: BigInt(version),
  }));
  proto.metadataProps = [...model.metadata].map(([key, value]) => entry(key, value));
  proto.graph = graphProto(model.graph, options);
  return withUnknown(proto, model.opaque);
}

function graphProto(graph: Graph, options: WriteOptions): GraphProto {
  const opaque = graph.opaque as GraphOpaque | undefined;
  const proto = newMessage.graph();
  proto.name = graph.name;
  proto.input = graph.inputs.map(valueInfoProto);
  proto.output = graph.outputs.map(valueInfoProto);
  proto.valueInfo = [...graph.valueInfo.values()].map(valueInfoProto);
  proto.node = graph.nodes.map(nodeProto);
  proto.initializer = [...graph.initializers].map(([name, tensor]) => tensorProto(name, tensor, options));
  proto.initializer.push(...(opaque?.initializers ?? []));
  return withUnknown(proto, opaque?.fields);
}

function nodeProto(node: Node): NodeProto {
  const proto = newMessage.node();
  proto.name = node.name;
  proto.opType = node.op;
  proto.domain = node.domain;
  proto.input = [...node.inputs];
  proto.output = [...node.outputs];
  proto.attribute = [...node.attributes].map(([name, attribute]) => attributeProto(name, attribute));
  proto.docString = node.docString ?? '';
  return withUnknown(proto, node.opaque);
}

function attributeProto(name: string, attribute: Attribute): AttributeProto {
  if (attribute.type === 'opaque') return attribute.value as AttributeProto;
  const proto = newMessage.attribute();
  proto.name = name;
  switch (attribute.type) {
    case 'float':
      proto.type = AttributeType.FLOAT;
      proto.f = attribute.value;
      break;
    case 'int':
      proto.type = AttributeType.INT;
      proto.i = BigInt(attribute.value);
      break;
    case 'string':
      proto.type = AttributeType.STRING;
      proto.s = attribute.value;
      break;
    case 'tensor':
      proto.type = AttributeType.TENSOR;
      proto.t = tensorProto('', attribute.value, {});
      break;
    case 'floats':
      proto.type = AttributeType.FLOATS;
      proto.floats = [...attribute.value];
      break;
    case 'ints':
      proto.type = AttributeType.INTS;
      proto.ints = attribute.value.map(BigInt);
      break;
    case 'strings':
      proto.type = AttributeType.STRINGS;
      proto.strings = [...attribute.value];
      break;
  }
  return withUnknown(proto, attribute.opaque);
}

function tensorProto(name: string, tensor: Tensor, options: WriteOptions): TensorProto {
  const bytes = tensorBytes(tensor);
  const proto = newMessage.tensor();
  proto.name = name;
  proto.dataType = codeOfDataType(tensor.dtype);
  proto.dims = tensor.dims.map(BigInt);
  const stored = options.storeExternal?.(name, bytes);
  if (stored) {
    proto.dataLocation = DataLocation.EXTERNAL;
    proto.externalData = [
      entry('location', stored.location),
      entry('offset', String(stored.offset)),
      entry('length', String(stored.length ?? bytes.byteLength)),
    ];
  } else {
    proto.rawData = bytes;
  }
  return withUnknown(proto, tensor.opaque);
}

function valueInfoProto(info: ValueInfo): ValueInfoProto {
  const original = info.opaque as ValueInfoProto | undefined;
  const before = original?.type?.tensorType;
  // A sequence or map, or a tensor of a type that cannot be said: as it was, or nothing.
  if (info.dtype === null && !before) {
    return original ? { ...original, name: info.name } : newMessage.valueInfo({ name: info.name });
  }
  const dimsBefore = before?.shape?.dim ?? [];
  const proto = newMessage.valueInfo({
    name: info.name,
    type: {
      tensorType: {
        elemType: info.dtype === null ? (before?.elemType ?? 0) : codeOfDataType(info.dtype),
        ...(info.shape && { shape: { dim: info.shape.map((dim) => ({ value: dimValue(dim) })) } }),
      },
    },
  });
  // What is unread belongs to the type and its dimensions, and is kept as far as they still are what they were.
  withUnknown(proto, original?.$unknown);
  withUnknown(proto.type!, original?.type?.$unknown);
  withUnknown(proto.type!.tensorType!, before?.$unknown);
  const shape = proto.type!.tensorType!.shape;
  if (shape) {
    withUnknown(shape, before?.shape?.$unknown);
    if (shape.dim.length === dimsBefore.length) {
      shape.dim.forEach((dim, axis) => withUnknown(dim, dimsBefore[axis]!.$unknown));
    }
  }
  return proto;
}

function dimValue(dim: Dim) {
  if (dim === null) return { case: undefined };
  return typeof dim === 'number'
    ? { case: 'dimValue' as const, value: BigInt(dim) }
    : { case: 'dimParam' as const, value: dim };
}

function entry(key: string, value: string): StringStringEntryProto {
  return { $typeName: 'onnx.StringStringEntryProto', key, value };
}

function withUnknown<Proto extends { $unknown?: UnknownField[] | undefined }>(
  proto: Proto,
  unknown: unknown,
): Proto {
  if (unknown) proto.$unknown = unknown as UnknownField[];
  return proto;
}
