import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../../../native-models/errors.ts';
import { corrupt } from '../../../../../native-models/images/corruptions/index.ts';
import type { Severity } from '../../../../../native-models/images/corruptions/corruption.ts';
import type { Picture } from '../../../../../native-models/images/picture.ts';
import { drawPart } from '../../../../../native-models/images/procedural/draw.ts';
import type { Disturbances, PartKind } from '../../../../../native-models/images/procedural/part.ts';
import { estimateSiteProfile } from '../../../../../native-models/images/site/estimate.ts';
import { seededRandom } from '../../../../../native-models/random.ts';

const calm: Disturbances = { light: 0, blur: 0, noise: 0 };

const drawn = new Map<string, Picture>();

/** Each part is drawn once for all tests. */
function draw(part: PartKind, index: number, disturbances = calm): Picture {
  const key = JSON.stringify([part, index, disturbances]);
  const picture = drawn.get(key) ?? drawPart({ part, seed: 3, index, defectRate: 0, disturbances }).picture;
  drawn.set(key, picture);
  return picture;
}

/** A line on which every `period`-th part is seen under one of the conditions in turn. */
function line(part: PartKind, conditions: readonly string[], period = 3, parts = 24) {
  return Array.from({ length: parts }, (_, index) => ({
    name: `part ${index}`,
    load: async () => {
      const picture = draw(part, index);
      if (conditions.length === 0 || index % period !== 0) return picture;
      const [name, severity] = conditions[(index / period) % conditions.length]!.split('/');
      return corrupt(picture, name!, Number(severity) as Severity, index);
    },
  }));
}

const estimate = (pictures: ReturnType<typeof line>, seed = 1) =>
  estimateSiteProfile(pictures, { random: seededRandom(seed) });

const weightOf = ({ matches }: Awaited<ReturnType<typeof estimate>>, pattern: RegExp) =>
  matches.reduce((sum, { condition, weight }) => sum + (pattern.test(condition) ? weight : 0), 0);

describe('estimateSiteProfile', () => {
  it.each(['disc', 'tile', 'label'] as const)('finds an undisturbed %s line mostly clean', async (part) => {
    expect(weightOf(await estimate(line(part, [])), /^clean$/)).toBeGreaterThan(0.9);
  });

  it.each([
    ['disc', 'gaussian-noise/3', 1 / 3],
    ['tile', 'shot-noise/3', 1 / 3],
    ['label', 'exposure/2', 1 / 3],
    ['tile', 'illumination-gradient/3', 1 / 3],
    ['label', 'contrast/2', 1 / 3],
    ['label', 'colour-temperature/3', 1 / 3],
    ['tile', 'vignetting/3', 1 / 3],
  ] as const)('finds on a %s line %s and how often it comes', async (part, condition, share) => {
    const found = await estimate(line(part, [condition]));
    const [name, severity] = condition.split('/');
    const own = new RegExp(`^${name}/(${[-1, 0, 1].map((step) => Number(severity) + step).join('|')})$`);
    expect(Math.abs(weightOf(found, own) - share)).toBeLessThan(0.06);
    expect(weightOf(found, /^clean$/)).toBeGreaterThan(0.55);
  });

  it.each([
    ['disc', 'defocus-blur/3'],
    ['tile', 'motion-blur/3'],
    ['label', 'vibration-blur/3'],
  ] as const)('finds blur on a %s line, most of it as %s', async (part, condition) => {
    const found = await estimate(line(part, [condition]));
    expect(Math.abs(weightOf(found, /-blur\//) - 1 / 3)).toBeLessThan(0.06);
    const [name] = condition.split('/');
    expect(weightOf(found, new RegExp(`^${name}/`))).toBeGreaterThan(1 / 6);
  });

  it('tells a mix apart, with the numbers that led there', async () => {
    const found = await estimate(line('tile', ['exposure/3', 'gaussian-noise/2', 'motion-blur/4'], 3, 36));
    const heaviest = found.matches.slice(0, 4).map(({ condition }) => condition.replace(/\/\d/, ''));
    expect(heaviest.sort()).toEqual(['clean', 'exposure', 'gaussian-noise', 'motion-blur']);
    const noise = found.matches.find(({ condition }) => condition === 'gaussian-noise/2')!;
    expect(noise).toMatchObject({
      level: 0.04,
      images: 4,
      measure: expect.stringContaining('deviation') as string,
    });
    expect(Math.abs(noise.measured! - 0.04)).toBeLessThan(0.006);
    expect(found.profile.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
  });

  it('tells drift from flicker', async () => {
    const seen = (disturbances: Disturbances, step: number) =>
      estimate(
        Array.from({ length: 40 }, (_, index) => ({
          name: `part ${index}`,
          load: async () => draw('tile', index * step, disturbances),
        })),
      );
    const brightness = async (found: ReturnType<typeof seen>) =>
      (await found).measures.find(({ name }) => name === 'brightness')!;
    const drifting = await brightness(seen({ ...calm, light: 0.6 }, 4));
    expect(drifting.drift).toBeGreaterThan(0.7);
    expect(drifting.range[1] - drifting.range[0]).toBeGreaterThan(0.2);
    expect((await brightness(estimate(line('tile', ['exposure/3'], 2, 40)))).drift).toBeLessThan(0.3);
  });

  it('is repeated by its seed', async () => {
    const pictures = line('disc', ['vibration-blur/2'], 3, 12);
    expect(await estimate(pictures)).toEqual(await estimate(pictures));
  });

  it('leaves out what it cannot use, and says why', async () => {
    const odd = [
      { name: 'broken', load: () => Promise.reject(new ModelError('imageUnreadable', { path: 'broken' })) },
      { name: 'coloured', load: async () => draw('label', 0) },
      {
        name: 'tiny',
        load: async (): Promise<Picture> => ({
          width: 8,
          height: 8,
          channels: 1,
          depth: 8,
          data: new Uint8Array(64),
        }),
      },
    ];
    const found = await estimate([...line('disc', [], 3, 10), ...odd]);
    expect(found.images).toBe(10);
    expect(found.skipped.map(({ name, error }) => [name, error.kind])).toEqual([
      ['broken', 'imageUnreadable'],
      ['coloured', 'imageUnreadable'],
      ['tiny', 'imageUnreadable'],
    ]);
  });

  it('takes pictures that show nothing for clean', async () => {
    const black = async (): Promise<Picture> => ({
      width: 64,
      height: 64,
      channels: 1,
      depth: 8,
      data: new Uint8Array(64 * 64),
    });
    const found = await estimate(Array.from({ length: 8 }, (_, i) => ({ name: `${i}`, load: black })));
    expect(found.matches.map(({ condition }) => condition)).toEqual(['clean']);
    for (const { median, range, drift } of found.measures) {
      expect([median, ...range, drift].every(Number.isFinite)).toBe(true);
    }
  });

  it('needs eight pictures, and stops when told to', async () => {
    await expect(estimate(line('disc', [], 3, 7))).rejects.toMatchObject({
      kind: 'tooFewImages',
      params: { found: 7, needed: 8 },
    });
    const stopped = estimateSiteProfile(line('disc', []), {
      random: seededRandom(1),
      signal: AbortSignal.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
