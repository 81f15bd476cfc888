/**
 * The boundary to the protobuf library: bytes ↔ messages of onnx.proto. `read.ts` and `write.ts` turn messages
 * into the graph of `ir.ts` and back; nothing else of this project sees a message.
 */
import { create, fromBinary, toBinary, type UnknownField } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type ModelProto,
} from './onnx_pb.ts';

export {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type StringStringEntryProto,
  type TensorProto,
  type TensorShapeProto_Dimension as DimensionProto,
  type ValueInfoProto,
} from './onnx_pb.ts';
export type { UnknownField };

/** Throws whatever the protobuf library throws for bytes that are no message. */
export function parseModelProto(bytes: Uint8Array): ModelProto {
  // A plain view: slices of Node's Buffer would be Buffers, which differ from what is made in code.
  return fromBinary(ModelProtoSchema, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

export function serializeModelProto(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

/** Empty messages to fill in. */
export const newMessage = {
  attribute: () => create(AttributeProtoSchema),
  graph: () => create(GraphProtoSchema),
  model: () => create(ModelProtoSchema),
  node: () => create(NodeProtoSchema),
  tensor: () => create(TensorProtoSchema),
  valueInfo: (init: Parameters<typeof create<typeof ValueInfoProtoSchema>>[1]) =>
    create(ValueInfoProtoSchema, init),
};
