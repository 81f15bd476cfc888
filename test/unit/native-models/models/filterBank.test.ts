import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filterBank, filterBankFeatures } from '../../../../native-models/models/filterBank.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { floatsOf, openSession, type Session } from '../../../../native-models/runtime/session.ts';

const side = 64;
const folder = join(import.meta.dirname, '../../../../native-models/models');

let session: Session;
beforeAll(async () => {
  session = await openSession(writeModel(filterBank()), { threads: 1 });
});
afterAll(() => session.dispose());

/** Means over the inner cells of each channel. */
async function means(feature: string, gray: (x: number, y: number) => number): Promise<number[]> {
  const plane = Array.from({ length: side * side }, (_, i) => gray(i % side, Math.floor(i / side)));
  const image = float32Tensor([1, 3, side, side], [...plane, ...plane, ...plane]);
  const results = await session.run({ image });
  const [, channels = 0, height = 0, width = 0] = results[feature]!.dims;
  const values = floatsOf(results, feature);
  return Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let y = 2; y < height - 2; y++) {
      for (let x = 2; x < width - 2; x++) sum += values[(c * height + y) * width + x]!;
    }
    return sum / ((height - 4) * (width - 4));
  });
}

describe('filterBank', () => {
  it('is the file that ships', () => {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    const [entry] = manifest.backbones;
    const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    expect(entry.features).toEqual(filterBankFeatures);
    expect(hash(writeModel(filterBank()))).toBe(entry.sha256);
    expect(hash(readFileSync(join(folder, entry.file)))).toBe(entry.sha256);
  });

  it('gives one cell per 8 pixels', async () => {
    const results = await session.run({ image: float32Tensor([1, 3, 64, 128], new Float32Array(24576)) });
    for (const name of filterBankFeatures) expect(results[name]!.dims.slice(2)).toEqual([8, 16]);
  });

  it('answers a grating most in the channel of its orientation', async () => {
    const wavelength = 6;
    for (const [orientation, wave] of [
      [0, (x: number) => x],
      [1, (x: number, y: number) => (x + y) / Math.SQRT2],
      [2, (_x: number, y: number) => y],
      [3, (x: number, y: number) => (y - x) / Math.SQRT2],
    ] as const) {
      const fine = await means('fine', (x, y) => Math.sin((2 * Math.PI * wave(x, y)) / wavelength));
      const first = fine.slice(0, 4);
      expect(first.indexOf(Math.max(...first))).toBe(orientation);
    }
  });

  it('shifts all energies alike under brighter light', async () => {
    const wave = (gain: number) => (x: number) => gain * Math.sin(x);
    const [dim, bright] = [await means('fine', wave(1)), await means('fine', wave(2))];
    // Only where the energy stands clear of the noise floor: the orientation of the grating.
    expect(bright[0]! - dim[0]!).toBeCloseTo(Math.log(2), 1);
  });
});
