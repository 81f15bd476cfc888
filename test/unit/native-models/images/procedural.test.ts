import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readImageFile } from '../../../../native-models/images/decode.ts';
import { writeDataset } from '../../../../native-models/images/procedural/dataset.ts';
import { drawPart, labelOf } from '../../../../native-models/images/procedural/draw.ts';
import {
  defectTypes,
  partKinds,
  type DrawnPart,
  type PartKind,
  type PartRequest,
} from '../../../../native-models/images/procedural/part.ts';

const calm = { light: 0, blur: 0, noise: 0 };

function draw(request: Partial<PartRequest> & { part: PartKind }): DrawnPart {
  return drawPart({ seed: 7, index: 0, defectRate: 0, disturbances: calm, ...request });
}

function hash(drawn: DrawnPart): string {
  return createHash('sha256')
    .update(drawn.picture.data)
    .update(drawn.label)
    .update(drawn.mask ?? 'none')
    .digest('hex');
}

function meanLevel(data: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  return sum / data.length;
}

/** Mean absolute difference in levels, over all values or those whose pixel a filter takes. */
function difference(a: DrawnPart, b: DrawnPart, takes: (pixel: number) => boolean = () => true): number {
  const { channels } = a.picture;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < a.picture.data.length; i++) {
    if (!takes(Math.floor(i / channels))) continue;
    sum += Math.abs(a.picture.data[i]! - b.picture.data[i]!);
    count++;
  }
  return sum / count;
}

/** The mask grown by two pixels: how far the lens spreads what it sees. */
function grown(mask: Uint8Array): Uint8Array {
  const result = new Uint8Array(mask.length);
  mask.forEach((value, at) => {
    if (value === 0) return;
    for (let y = -2; y <= 2; y++) result.fill(255, at + y * 300 - 2, at + y * 300 + 3);
  });
  return result;
}

describe.each(partKinds)('%s', (part) => {
  test('is a pure function of its arguments', () => {
    const request = { part, index: 3, defectRate: 0.5, disturbances: { light: 0.4, blur: 0.3, noise: 0.2 } };
    const first = hash(draw(request));
    draw({ part, index: 99 });
    expect(hash(draw(request))).toBe(first);
  });

  test('differs with index, seed, disturbance and defect', () => {
    const variants = [
      {},
      { index: 1 },
      { seed: 8 },
      { disturbances: { ...calm, noise: 0.1 } },
      { defect: defectTypes[part][0]! },
    ];
    expect(new Set(variants.map((variant) => hash(draw({ part, ...variant })))).size).toBe(variants.length);
  });

  test('has the promised shape', () => {
    const { picture, label, mask } = draw({ part });
    const channels = part === 'label' ? 3 : 1;
    expect(picture).toMatchObject({ width: 300, height: 300, depth: 8, channels });
    expect(picture.data.length).toBe(300 * 300 * channels);
    expect(label).toBe('ok');
    expect(mask).toBeNull();
  });

  test('good parts resemble each other, and use the range of the sensor', () => {
    for (let index = 0; index < 5; index++) {
      const { picture } = draw({ part, index });
      const mean = meanLevel(picture.data);
      expect(mean).toBeGreaterThan(50);
      expect(mean).toBeLessThan(200);
      const saturated = picture.data.filter((value) => value === 255).length;
      expect(saturated / picture.data.length).toBeLessThan(0.01);
    }
  });

  test('each defect is visible where the mask says, and nowhere else', () => {
    for (let index = 0; index < 6; index++) {
      const good = draw({ part, index });
      for (const defect of defectTypes[part]) {
        const name = `${defect} on part ${index}`;
        const bad = draw({ part, index, defect });
        expect(bad.label).toBe(defect);
        const mask = bad.mask!;
        const area = mask.filter((value) => value === 255).length;
        expect(mask.filter((value) => value !== 0).length, name).toBe(area);
        expect(area, `area of ${name}`).toBeGreaterThanOrEqual(12);
        expect(area, `area of ${name}`).toBeLessThan(0.2 * mask.length);
        expect(
          difference(good, bad, (pixel) => mask[pixel] === 255),
          `contrast of ${name}`,
        ).toBeGreaterThan(3);
        const near = grown(mask);
        expect(
          difference(good, bad, (pixel) => near[pixel] === 0),
          `outside of ${name}`,
        ).toBeLessThan(0.2);
      }
    }
  });

  test('defects come at their rate, each type equally often', () => {
    const count = 4000;
    const rate = 0.3;
    const labels = Array.from({ length: count }, (_, index) =>
      labelOf({ part, seed: 7, index, defectRate: rate, disturbances: calm }),
    );
    const share = (wanted: string) => labels.filter((label) => label === wanted).length / count;
    // Four standard deviations of a binomial share.
    const near = (p: number) => 4 * Math.sqrt((p * (1 - p)) / count);
    expect(Math.abs(share('ok') - (1 - rate))).toBeLessThan(near(rate));
    for (const defect of defectTypes[part]) {
      const expected = rate / defectTypes[part].length;
      expect(Math.abs(share(defect) - expected)).toBeLessThan(near(expected));
    }
  });

  test('a part has a mask exactly when its label names a defect', () => {
    for (let index = 0; index < 10; index++) {
      const request = { part, seed: 7, index, defectRate: 0.5, disturbances: calm };
      const { label, mask } = drawPart(request);
      expect(label).toBe(labelOf(request));
      expect(mask === null).toBe(label === 'ok');
    }
    expect(draw({ part, index: 5, defectRate: 1 }).mask).not.toBeNull();
  });

  test('each disturbance changes more the stronger it is', () => {
    const indices = [0, 150, 300];
    const undisturbed = indices.map((index) => draw({ part, index }));
    for (const kind of ['light', 'blur', 'noise'] as const) {
      const change = (strength: number) =>
        indices
          .map((index, i) =>
            difference(undisturbed[i]!, draw({ part, index, disturbances: { ...calm, [kind]: strength } })),
          )
          .reduce((sum, value) => sum + value, 0);
      const changes = [0, 0.3, 0.65, 1].map(change);
      expect(changes[0]).toBe(0);
      for (let i = 1; i < changes.length; i++) {
        expect(changes[i], `${kind}, step ${i}`).toBeGreaterThan(changes[i - 1]! * 1.1);
      }
    }
  });
});

test('the light drifts slowly: neighbours are alike, far parts are not', () => {
  const disturbances = { ...calm, light: 1 };
  const level = (index: number) => meanLevel(draw({ part: 'disc', index, disturbances }).picture.data);
  const starts = Array.from({ length: 12 }, (_, i) => i * 35);
  const levels = starts.map(level);
  const spread = Math.max(...levels) - Math.min(...levels);
  const steps = starts.map((index, i) => Math.abs(level(index + 1) - levels[i]!));
  expect(meanLevel(steps)).toBeLessThan(spread / 4);
});

test('a data set is laid out as MVTec AD is', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kenro-dataset-'));
  try {
    const images = await writeDataset(dir, {
      part: 'disc',
      seed: 1,
      trainGood: 2,
      testGood: 1,
      testPerDefect: 1,
      disturbances: calm,
    });
    expect(images.length).toBe(3 + defectTypes.disc.length);
    const written = (await readdir(dir, { recursive: true })).filter((path) => path.endsWith('.png'));
    const named = images.flatMap(({ path, mask }) => (mask === null ? [path] : [path, mask]));
    expect(written.map((path) => path.replaceAll('\\', '/')).sort()).toEqual(named.sort());
    expect(named).toContain('train/good/001.png');
    expect(named).toContain('ground_truth/scratch/000_mask.png');
    const { picture } = await readImageFile(join(dir, 'test/scratch/000.png'));
    const again = drawPart({
      part: 'disc',
      seed: 1,
      index: 3,
      defectRate: 0,
      disturbances: calm,
      defect: 'scratch',
    });
    expect(picture).toEqual(again.picture);
    const { picture: mask } = await readImageFile(join(dir, 'ground_truth/scratch/000_mask.png'));
    expect(mask.data).toEqual(again.mask);
    expect(new Set(images.map(({ label }) => label))).toEqual(new Set(['ok', ...defectTypes.disc]));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
