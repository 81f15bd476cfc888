import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../../native-models/errors.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import {
  codeOfDataType,
  float32Tensor,
  tensorFromNumbers,
} from '../../../../native-models/onnx/dataTypes.ts';
import type { DataType, Model } from '../../../../native-models/onnx/ir.ts';
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  TensorProtoSchema,
  type ModelProto,
} from '../../../../native-models/onnx/onnx_pb.ts';
import { readModel } from '../../../../native-models/onnx/read.ts';
import { valuesRead } from '../../../../native-models/onnx/topology.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';

const allTypes: readonly DataType[] = [
  ...(['float32', 'float64', 'float16', 'bfloat16', 'bool', 'int8', 'uint8', 'int16', 'uint16'] as const),
  ...(['int32', 'uint32', 'int64', 'uint64'] as const),
];

function sampleModel(): Model {
  const g = new GraphBuilder();
  const x = g.input('x', 'float32', ['batch', 3, null]);
  for (const dtype of allTypes) {
    g.initializer(dtype, tensorFromNumbers(dtype, [2, 2], [0, 1, 1, 0]));
  }
  const y = g.op('Custom', [x, '', 'float32'], {
    axis: 1,
    big: 2n ** 63n - 1n,
    small: -(2n ** 63n),
    alpha: 0,
    list: [1, -2],
    scales: [0.5, 2],
    mode: 'größe',
    modes: ['a', ''],
    value: float32Tensor([], [3]),
  });
  g.output(y, 'float32', ['batch', 2]);
  g.describe(y, 'float16', null);
  return {
    ...g.model(
      'sample',
      new Map([
        ['', 17],
        ['com.example', 1],
      ]),
    ),
    metadata: new Map([['key', 'value']]),
  };
}

/** Changes the message of a written model. */
function edited(model: Model, edit: (proto: ModelProto) => void): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, writeModel(model));
  edit(proto);
  return toBinary(ModelProtoSchema, proto);
}

const errorOf = (bytes: Uint8Array): ModelError => {
  try {
    readModel(bytes, { name: 'part.onnx' });
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error('was read');
};

describe('reading and writing', () => {
  it('gives back every type, attribute, omitted input and dimension', () => {
    const model = sampleModel();
    expect(readModel(writeModel(model))).toEqual(model);
  });

  it('does not hold on to the bytes it was given', () => {
    const bytes = writeModel(sampleModel());
    const model = readModel(bytes);
    bytes.fill(0);
    expect(model.graph.initializers).toEqual(sampleModel().graph.initializers);
  });

  it('reads tensors from the typed fields of old exporters', () => {
    const fields: readonly (readonly [DataType, Partial<Record<string, unknown>>])[] = [
      ['float32', { floatData: [1, 2] }],
      ['float64', { doubleData: [1, 2] }],
      ['int64', { int64Data: [1n, 2n] }],
      ['uint64', { uint64Data: [1n, 2n] }],
      ['uint32', { uint64Data: [1n, 2n] }],
      ['int32', { int32Data: [1, 2] }],
      ['int8', { int32Data: [1, 2] }],
      ['bool', { int32Data: [1, 0] }],
      ['float16', { int32Data: [0x3c00, 0x4000] }],
    ];
    const bytes = edited(sampleModel(), ({ graph }) => {
      graph!.initializer = fields.map(([name, data]) =>
        create(TensorProtoSchema, { name, dataType: codeOfDataType(name), dims: [2n], ...data }),
      );
    });
    const { initializers } = readModel(bytes).graph;
    for (const [dtype] of fields) {
      expect(initializers.get(dtype)).toEqual(tensorFromNumbers(dtype, [2], [1, dtype === 'bool' ? 0 : 2]));
    }
  });

  it('writes back fields it does not know, wherever they stand', () => {
    // Field 1000, wire type 2 (length-delimited).
    const unknown = [{ no: 1000, wireType: 2, data: new Uint8Array([3, 1, 2, 3]) }];
    const bytes = edited(sampleModel(), (proto) => {
      const { graph } = proto;
      const node = graph!.node[0]!;
      const type = graph!.input[0]!.type!;
      const message = [
        proto,
        graph!,
        node,
        node.attribute[0]!,
        graph!.initializer[0]!,
        graph!.input[0]!,
        type,
      ];
      const inner = [type.tensorType!, type.tensorType!.shape!, type.tensorType!.shape!.dim[1]!];
      for (const each of [...message, ...inner]) each.$unknown = unknown;
    });
    const model = readModel(bytes);
    const again = writeModel(model);
    expect(fromBinary(ModelProtoSchema, again)).toEqual(fromBinary(ModelProtoSchema, bytes));
    expect(readModel(again)).toEqual(model);
  });

  it('carries subgraphs through and sees what they read', () => {
    const bytes = edited(sampleModel(), ({ graph }) => {
      const body = structuredClone(graph!);
      graph!.node[0]!.attribute.push({
        ...structuredClone(graph!.node[0]!.attribute[0]!),
        name: 'then_branch',
        type: AttributeProto_AttributeType.GRAPH,
        g: body,
      });
      body.node[0]!.input = ['captured'];
    });
    const model = readModel(bytes);
    const node = model.graph.nodes[0]!;
    expect(node.attributes.get('then_branch')?.type).toBe('opaque');
    expect(valuesRead(node)).toContain('captured');
    expect(fromBinary(ModelProtoSchema, writeModel(model))).toEqual(fromBinary(ModelProtoSchema, bytes));
  });

  it('carries initializers of types without a typed array through', () => {
    const bytes = edited(sampleModel(), ({ graph }) => {
      graph!.initializer = [
        create(TensorProtoSchema, {
          name: 'words',
          dataType: 8,
          dims: [1n],
          stringData: [new Uint8Array([97])],
        }),
      ];
    });
    const again = fromBinary(ModelProtoSchema, writeModel(readModel(bytes)));
    expect(again).toEqual(fromBinary(ModelProtoSchema, bytes));
  });

  it('takes ai.onnx for the standard domain', () => {
    const bytes = edited(sampleModel(), (proto) => {
      proto.opsetImport[0]!.domain = 'ai.onnx';
      proto.graph!.node[0]!.domain = 'ai.onnx';
    });
    expect(readModel(bytes)).toEqual(sampleModel());
  });

  it('lists true inputs first where initializers are inputs too', () => {
    const bytes = edited(sampleModel(), ({ graph }) => {
      graph!.input.unshift({ ...structuredClone(graph!.input[0]!), name: 'float32' });
    });
    expect(readModel(bytes).graph.inputs.map(({ name }) => name)).toEqual(['x', 'float32']);
  });
});

describe('what is no model', () => {
  it('is refused with its name and the reason', () => {
    const error = errorOf(new TextEncoder().encode('no model at all'));
    expect(error.kind).toBe('modelUnreadable');
    expect(error.params['name']).toBe('part.onnx');
    expect(errorOf(new Uint8Array(0)).params['reason']).toBe('no graph');
    expect(errorOf(edited(sampleModel(), (proto) => (proto.opsetImport = []))).kind).toBe('modelUnreadable');
  });

  it.each([
    ['too few bytes', (proto: ModelProto) => (proto.graph!.initializer[0]!.rawData = new Uint8Array(3))],
    ['a size beyond all', (proto: ModelProto) => (proto.graph!.initializer[0]!.dims = [2n ** 62n])],
    ['more elements than bytes', (proto: ModelProto) => (proto.graph!.initializer[0]!.dims = [2n ** 40n])],
    ['a negative size', (proto: ModelProto) => (proto.graph!.initializer[0]!.dims = [-1n, -4n])],
    ['a value made twice', (proto: ModelProto) => proto.graph!.node.push(proto.graph!.node[0]!)],
    ['a circle', (proto: ModelProto) => (proto.graph!.node[0]!.input = proto.graph!.node[0]!.output)],
  ])('is refused for %s', (_name, edit) => {
    expect(errorOf(edited(sampleModel(), edit)).kind).toBe('modelUnreadable');
  });

  it('is refused without its external data, naming the file', () => {
    const bytes = edited(sampleModel(), ({ graph }) => {
      const tensor = graph!.initializer[0]!;
      tensor.dataLocation = 1;
      tensor.externalData = [{ $typeName: 'onnx.StringStringEntryProto', key: 'location', value: 'w.bin' }];
    });
    const error = errorOf(bytes);
    expect(error.kind).toBe('modelExternalDataMissing');
    expect(error.params['file']).toBe('w.bin');
  });

  const whole = writeModel(sampleModel());
  const isReadOrRefused = (bytes: Uint8Array) => {
    try {
      const model = readModel(bytes);
      // What can be read can be written and read again.
      readModel(writeModel(model));
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
    }
  };

  it('is refused or read, but never more, wherever the file ends', () => {
    for (let end = 0; end < whole.length; end++) isReadOrRefused(whole.subarray(0, end));
  });

  it('is refused or read, but never more, whatever bytes are changed', () => {
    const change = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = whole.slice();
        for (const { at, value } of changes) bytes[at] = value;
        isReadOrRefused(bytes);
      }),
      { seed: 3, numRuns: 3000 },
    );
  });

  it('is refused or read, but never more, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => isReadOrRefused(bytes)),
      { seed: 4, numRuns: 3000 },
    );
  });

  it('is refused where graphs are nested without end', () => {
    // A graph in an attribute of a node of a graph …, 20,000 deep.
    const parts: number[][] = [];
    let length = 0;
    const wrap = (field: number) => {
      const size: number[] = [];
      for (let rest = length; ; rest >>>= 7) {
        size.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest <= 127) break;
      }
      parts.push([(field << 3) | 2, ...size]);
      length += 1 + size.length;
    };
    for (let depth = 0; depth < 20_000; depth++) for (const field of [6, 5, 1]) wrap(field);
    wrap(7);
    expect(errorOf(Uint8Array.from(parts.reverse().flat())).kind).toBe('modelUnreadable');
  });
});
