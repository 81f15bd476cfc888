import { describe, expect, it } from 'vitest';
import { readCard, withCard } from '../../../../native-models/detectors/card.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import {
  boolTensor,
  float32Tensor,
  int64List,
  tensorFromNumbers,
} from '../../../../native-models/onnx/dataTypes.ts';
import type { Model, Tensor } from '../../../../native-models/onnx/ir.ts';
import {
  applyLayerPatch,
  changedTensors,
  readLayerPatch,
  writeLayerPatch,
} from '../../../../native-models/patches/layerPatch.ts';
import { readSafetensors, writeSafetensors } from '../../../../native-models/patches/safetensors.ts';
import { writeParameters } from '../../../../native-models/training/parameters.ts';
import { seededRandom } from '../../../../native-models/random.ts';

const base = 'a'.repeat(64);

function twoLayers(): Model {
  const g = new GraphBuilder();
  const x = g.input('input', 'float32', ['batch', 2]);
  const first = g.initializer('fc1.weight', float32Tensor([2, 3], [1, 2, 3, 4, 5, 6]));
  const second = g.initializer('fc2.weight', float32Tensor([3, 1], [1, 1, 1]));
  g.output(g.op('MatMul', [g.op('MatMul', [x, first]), second]));
  return g.model('twoLayers');
}

describe('layer patch', () => {
  const trained = writeParameters(twoLayers(), new Map([['fc2.weight', Float32Array.of(0.5, -1, 2)]]));
  const patch = {
    base,
    tensors: changedTensors(twoLayers(), trained),
    settings: { layers: 'last-k:1', seed: 3 },
    metrics: { testAccuracy: 0.99 },
  };

  it('holds only what changed, and gives the trained model back', () => {
    expect([...patch.tensors.keys()]).toEqual(['fc2.weight']);
    const read = readLayerPatch(writeLayerPatch(patch));
    expect(read).toEqual(patch);
    expect(applyLayerPatch(twoLayers(), base, read)).toEqual(trained);
  });

  it('says how its model evens out the light, where the base does not', () => {
    const preprocess = {
      order: 'GRAY',
      size: [8, 8],
      mean: [0],
      std: [1],
      scale: 1,
      normalise: 'none',
    } as const;
    const about = { backbone: '', goodImages: 1, ngImages: 0, memory: 0, seed: 0, features: [] };
    const detector = withCard(twoLayers(), {
      ...{ kind: 'anomaly', preprocess, thresholds: { review: 1, ng: 2 }, thresholdInterval: null, ...about },
    });
    const read = readLayerPatch(writeLayerPatch({ ...patch, normalise: 'image' }));
    expect(read.normalise).toBe('image');
    const card = readCard(applyLayerPatch(detector, base, read))!;
    expect(card).toEqual({ ...readCard(detector)!, preprocess: { ...preprocess, normalise: 'image' } });
    const { tensors, metadata } = readSafetensors(writeLayerPatch(patch));
    const foreign = writeSafetensors({ tensors, metadata: { ...metadata, normalise: 'somehow' } });
    expect(() => readLayerPatch(foreign)).toThrow(/modelUnreadable.*light/);
  });

  it('is the same bytes for the same content', () => {
    expect(writeLayerPatch(patch)).toEqual(writeLayerPatch(patch));
  });

  it('is refused on the wrong base', () => {
    expect(() => applyLayerPatch(twoLayers(), 'b'.repeat(64), patch)).toThrow(/patchBaseMismatch/);
  });

  it('is refused where a tensor is missing or has another shape', () => {
    const renamed = { ...patch, tensors: new Map([['fc9.weight', float32Tensor([3, 1], [1, 2, 3])]]) };
    expect(() => applyLayerPatch(twoLayers(), base, renamed)).toThrow(/patchTensorMismatch.*fc9/);
    const reshaped = { ...patch, tensors: new Map([['fc2.weight', float32Tensor([1, 3], [1, 2, 3])]]) };
    expect(() => applyLayerPatch(twoLayers(), base, reshaped)).toThrow(/patchTensorMismatch.*fc2/);
  });

  it('notices a changed bit in its tensors', () => {
    const bytes = writeLayerPatch(patch);
    bytes[bytes.length - 1]! ^= 1;
    expect(() => readLayerPatch(bytes)).toThrow(/modelUnreadable.*changed/);
  });

  it('names what is wrong with a damaged file, or is what was written', () => {
    const random = seededRandom(12);
    for (let i = 0; i < 400; i++) {
      const bytes = writeLayerPatch(patch);
      for (let k = 0; k <= random.integer(4); k++) bytes[random.integer(bytes.length)] = random.integer(256);
      try {
        expect(readLayerPatch(bytes).tensors).toEqual(patch.tensors);
      } catch (thrown) {
        expect(String(thrown)).toMatch(/modelUnreadable/);
      }
    }
  });

  it('is not any safetensors file', () => {
    const other = writeSafetensors({ tensors: patch.tensors, metadata: {} });
    expect(() => readLayerPatch(other)).toThrow(/not a layer patch/);
  });
});

describe('safetensors', () => {
  const file = {
    tensors: new Map<string, Tensor>([
      ['a', float32Tensor([2, 2], [1, -2, 3.5, Number.NaN])],
      ['b', int64List([1, -5])],
    ]),
    metadata: { made: 'here' },
  };

  it('reads what it wrote', () => {
    expect(readSafetensors(writeSafetensors(file))).toEqual(file);
  });

  /** Header and bytes as the reference library lays them out: length, JSON that begins with a brace, then data. */
  function parsed(bytes: Uint8Array) {
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    const { __metadata__: metadata, ...tensors } = JSON.parse(text) as {
      __metadata__: Record<string, string>;
      [name: string]:
        { dtype: string; shape: number[]; data_offsets: [number, number] } | Record<string, string>;
    };
    return {
      length,
      text,
      metadata,
      tensors: tensors as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>,
    };
  }

  it('starts the data at a multiple of 8, and each tensor at one of its element, so that it can be mapped', () => {
    const mixed = new Map<string, Tensor>([
      ['a', boolTensor([3], [true, false, true])],
      ['b', float32Tensor([1], [2])],
      ['c', int64List([3])],
      ['d', tensorFromNumbers('float16', [3], [1, 2, 3])],
    ]);
    const bytes = writeSafetensors({ tensors: mixed, metadata: {} });
    const { length, text, tensors } = parsed(bytes);
    expect(length % 8).toBe(0);
    expect(text[0]).toBe('{');
    const sizes = { BOOL: 1, F16: 2, F32: 4, I64: 8 };
    let end = 0;
    for (const { dtype, data_offsets: range } of Object.values(tensors)) {
      expect(range[0]).toBe(end);
      expect(range[0] % sizes[dtype as keyof typeof sizes]).toBe(0);
      end = range[1];
    }
    expect(8 + length + end).toBe(bytes.length);
    expect(readSafetensors(bytes).tensors).toEqual(mixed);
  });

  it('is refused with gaps, overlaps or bytes at its end', () => {
    const written = (ranges: readonly (readonly [number, number])[], dataBytes: number) => {
      const entries = ranges.map((range, i) => [
        i,
        { dtype: 'U8', shape: [range[1] - range[0]], data_offsets: range },
      ]);
      const json = JSON.stringify(Object.fromEntries(entries));
      const bytes = new Uint8Array(8 + json.length + dataBytes);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
      bytes.set(new TextEncoder().encode(json), 8);
      return bytes;
    };
    expect(
      readSafetensors(
        written(
          [
            [0, 2],
            [2, 4],
          ],
          4,
        ),
      ).tensors.size,
    ).toBe(2);
    expect(() =>
      readSafetensors(
        written(
          [
            [0, 2],
            [3, 4],
          ],
          4,
        ),
      ),
    ).toThrow(/gaps or overlap/);
    expect(() =>
      readSafetensors(
        written(
          [
            [0, 3],
            [2, 4],
          ],
          4,
        ),
      ),
    ).toThrow(/gaps or overlap/);
    expect(() =>
      readSafetensors(
        written(
          [
            [0, 2],
            [2, 4],
          ],
          5,
        ),
      ),
    ).toThrow(/does not end/);
  });

  it('names what is wrong with a damaged file, whatever the damage', () => {
    const random = seededRandom(11);
    for (let i = 0; i < 400; i++) {
      const bytes = writeSafetensors(file).slice();
      if (random.uniform() < 0.5) {
        expect(() => readSafetensors(bytes.subarray(0, random.integer(bytes.length)))).toThrow(
          /modelUnreadable/,
        );
        continue;
      }
      bytes[random.integer(bytes.length)] = random.integer(256);
      try {
        readSafetensors(bytes);
      } catch (thrown) {
        expect(String(thrown)).toMatch(/modelUnreadable/);
      }
    }
  });
});
