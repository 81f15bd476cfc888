import { describe, expect, it } from 'vitest';
import { greedyKCentre } from '../../../../native-models/detectors/kCentre.ts';
import { seededRandom } from '../../../../native-models/random.ts';

function clusters(): Float32Array {
  const random = seededRandom(5);
  const rows: number[] = [];
  for (let i = 0; i < 200; i++) {
    const centre = (i % 10) * 100;
    rows.push(centre + random.normal(), random.normal());
  }
  return Float32Array.from(rows);
}

describe('greedyKCentre', () => {
  it('takes one row of each cluster before any second', async () => {
    const rows = clusters();
    const chosen = await greedyKCentre(rows, 2, 10, { random: seededRandom(1) });
    expect(new Set([...chosen].map((row) => row % 10)).size).toBe(10);
  });

  it('covers within twice the radius of any other choice of centres', async () => {
    const rows = clusters();
    const chosen = await greedyKCentre(rows, 2, 10, { random: seededRandom(2) });
    let radius = 0;
    for (let row = 0; row < 200; row++) {
      const distances = [...chosen].map((c) =>
        Math.hypot(rows[2 * row]! - rows[2 * c]!, rows[2 * row + 1]! - rows[2 * c + 1]!),
      );
      radius = Math.max(radius, Math.min(...distances));
    }
    // The true centres cover all within about 4 standard deviations.
    expect(radius).toBeLessThan(8);
  });

  it('gives the same rows for the same seed, and all rows when asked for more', async () => {
    const rows = clusters();
    const again = () => greedyKCentre(rows, 2, 50, { random: seededRandom(7) });
    expect(await again()).toEqual(await again());
    const all = await greedyKCentre(rows, 2, 1000, { random: seededRandom(7) });
    expect(new Set(all).size).toBe(200);
  });

  it('stops when cancelled', async () => {
    const abort = new AbortController();
    const run = greedyKCentre(clusters(), 2, 190, {
      random: seededRandom(1),
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    await expect(run).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
