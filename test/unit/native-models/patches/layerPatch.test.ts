import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor, int64List } from '../../../../native-models/onnx/dataTypes.ts';
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

  it('starts the data at a multiple of 8, so that it can be mapped', () => {
    const bytes = writeSafetensors(file);
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8).toBe(0);
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
