import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { GraphBuilder } from '../../../native-models/onnx/build.ts';
import { float32Tensor, int64List } from '../../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../../native-models/onnx/ir.ts';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  type GraphProto,
  type ModelProto,
} from '../../../native-models/onnx/onnx_pb.ts';
import { writeModel } from '../../../native-models/onnx/write.ts';

/** A small network with what exporters write: filters, shape arithmetic, attributes of all kinds. */
export function network(): Model {
  const g = new GraphBuilder();
  const x = g.input('image', 'float32', ['batch', 3, 32, 32]);
  const weight = g.initializer('conv.weight', float32Tensor([4, 3, 3, 3], new Float32Array(108).fill(0.1)));
  const conv = g.op('Conv', [x, weight], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  const relu = g.op('Relu', [conv]);
  const shape = g.op('Shape', [relu]);
  const batch = g.op('Gather', [shape, g.initializer('zero', int64List([0]))], { axis: 0 });
  const target = g.op('Concat', [batch, g.initializer('rest', int64List([-1]))], { axis: 0 });
  g.output(g.op('Reshape', [relu, target]), 'float32', ['batch', 1024]);
  return g.model('small');
}

/** What is damaged: a small network and one that is shipped. */
export const intactModels = () => [
  writeModel(network()),
  readFileSync(join(import.meta.dirname, '../../../native-models/models/filterBank.onnx')),
];

/** Shape arithmetic in which each node doubles what it is given: 2^60 of it in all. */
function doubling(op: string, attributes = {}): Model {
  const g = new GraphBuilder();
  const x = g.input('image', 'float32', ['batch', 3, 'h', 'w']);
  let value = g.op('Shape', [x]);
  for (let i = 0; i < 60; i++) value = g.op(op, [value, value], attributes);
  g.output(g.op('Identity', [value]));
  return g.model('doubling');
}

function edited(edit: (graph: GraphProto, model: ModelProto) => void): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, writeModel(network()));
  edit(proto.graph!, proto);
  return toBinary(ModelProtoSchema, proto);
}

const node = (opType: string, input: string[], output: string[]) =>
  create(NodeProtoSchema, { opType, input, output });

function external(location: string, more: Record<string, string> = {}): Uint8Array {
  return edited((graph) => {
    const tensor = graph.initializer[0]!;
    tensor.rawData = undefined as never;
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
    tensor.externalData = Object.entries({ location, ...more }).map(([key, value]) => ({
      $typeName: 'onnx.StringStringEntryProto',
      key,
      value,
    }));
  });
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

/** Graphs within graphs, as deep as said; written by hand, as the library gives up long before. */
function nested(depth: number): Uint8Array {
  // Model.graph, and for each level Graph.node, Node.attribute and Attribute.g; from the inside out.
  const fields = [7, ...Array.from({ length: depth }, () => [1, 5, 6]).flat()].reverse();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const field of fields) {
    const head = Uint8Array.from([field * 8 + 2, ...varint(length)]);
    parts.push(head);
    length += head.length;
  }
  // What a file says twice is merged.
  return Buffer.concat([writeModel(network()), ...parts.reverse()]);
}

/** Names that objects have of themselves. */
export const inheritedNames = ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty'] as const;

/** Files that were made to do harm, by what they try. */
export const hostileModels: Readonly<Record<string, () => Uint8Array>> = {
  nothing: () => new Uint8Array(),
  'huge dimensions': () =>
    edited((graph) => (graph.initializer[0]!.dims = [2n ** 40n, 2n ** 40n, 2n ** 40n, 2n ** 40n])),
  'huge dimensions and none': () =>
    edited((graph) => (graph.initializer[0]!.dims = [2n ** 52n, 2n ** 52n, 0n])),
  'negative dimensions': () => edited((graph) => (graph.initializer[0]!.dims = [-1n, -108n])),
  'a million dimensions': () =>
    edited((graph) => (graph.initializer[0]!.dims = new Array<bigint>(1_000_000).fill(1n))),
  'values beyond any number': () => edited((graph) => (graph.initializer[0]!.dims = [2n ** 63n - 1n])),
  'nodes that wait for each other': () =>
    edited((graph) => graph.node.push(node('Add', ['b', 'b'], ['a']), node('Add', ['a', 'a'], ['b']))),
  'a node that reads itself': () => edited((graph) => graph.node.push(node('Relu', ['a'], ['a']))),
  'two makers': () =>
    edited((graph) => graph.node.push(node('Relu', ['image'], ['a']), node('Relu', ['image'], ['a']))),
  'a chain told backwards': () =>
    edited((graph) => {
      for (let i = 20_000; i > 0; i--) graph.node.push(node('Relu', [`v${i - 1}`], [`v${i}`]));
    }),
  'a node with very many inputs': () =>
    edited((graph) => {
      graph.node.push(node('Relu', ['image'], ['late']));
      graph.node.unshift(node('Sum', new Array<string>(300_000).fill('late'), ['sum']));
    }),
  'a constant joined to itself': () =>
    edited((graph) => {
      graph.initializer.push(
        create(TensorProtoSchema, {
          name: 'thousand',
          dataType: 7,
          dims: [1000n],
          rawData: new Uint8Array(8000),
        }),
      );
      const join = node('Concat', new Array<string>(100_000).fill('thousand'), ['joined']);
      join.attribute.push(
        create(AttributeProtoSchema, { name: 'axis', type: AttributeProto_AttributeType.INT, i: 0n }),
      );
      graph.node.push(join);
    }),
  'values doubled by joining': () => writeModel(doubling('Concat', { axis: 0 })),
  'values doubled by adding': () => writeModel(doubling('Add')),
  'values squared': () => writeModel(doubling('Mul')),
  'a symbol that is a long sum': () =>
    edited((graph) => {
      const dim = graph.input[0]!.type!.tensorType!.shape!.dim[0]!;
      dim.value = { case: 'dimParam', value: Array.from({ length: 50_000 }, (_, i) => `a${i}`).join('+') };
    }),
  'a symbol full of brackets': () =>
    edited((graph) => {
      const dim = graph.input[0]!.type!.tensorType!.shape!.dim[0]!;
      dim.value = { case: 'dimParam', value: `${'floor(('.repeat(50_000)}x${')/2)'.repeat(50_000)}` };
    }),
  'graphs in graphs': () => nested(20),
  'graphs in graphs beyond any limit': () => nested(3_000),
  'a name of a megabyte': () => edited((graph) => (graph.initializer[0]!.name = 'x'.repeat(1_000_000))),
  ...Object.fromEntries(
    inheritedNames.flatMap((name) => [
      [
        `an operator called ${name}`,
        () => edited((graph) => graph.node.push(node(name, ['image'], ['odd']))),
      ],
      [
        `values, symbols and metadata called ${name}`,
        () =>
          edited((graph, model) => {
            graph.node.push(node('Shape', ['image'], [name]), node('Add', [name, name], [`${name}2`]));
            graph.input[0]!.type!.tensorType!.shape!.dim[0]!.value = { case: 'dimParam', value: name };
            model.metadataProps.push({ $typeName: 'onnx.StringStringEntryProto', key: name, value: name });
          }),
      ],
    ]),
  ),
  ...Object.fromEntries(
    [
      ...[
        '../secret.bin',
        'a/../../secret.bin',
        '/etc/passwd',
        'C:\\secret.bin',
        '\\\\host\\share\\x',
        'link.bin',
      ],
      ...[
        'linkedFolder/secret.bin',
        'pipe',
        '',
        '.',
        'nul\0name',
        'x'.repeat(100_000),
        'net.onnx',
        '..\\secret.bin',
      ],
    ].map((location) => [`weights at ${location.slice(0, 30)}`, () => external(location)]),
  ),
  'weights of a petabyte': () => external('weights.bin', { length: String(2 ** 50) }),
  'weights behind the end': () => external('weights.bin', { offset: String(2 ** 52), length: '432' }),
  'weights at no number': () => external('weights.bin', { offset: '-1' }),
  'the same weights for each of many tensors': () =>
    edited((graph) => {
      for (let i = 0; i < 100; i++) {
        const tensor = create(TensorProtoSchema, {
          ...{ name: `t${i}`, dataType: 2, dims: [2n ** 29n] },
          dataLocation: TensorProto_DataLocation.EXTERNAL,
          externalData: [{ $typeName: 'onnx.StringStringEntryProto', key: 'location', value: 'sparse.bin' }],
        });
        graph.initializer.push(tensor);
      }
    }),
};
