import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import { screenParts, type ScreenedParts } from '../../../../native-models/screening/screen.ts';
import { blobs, pointAt, relabelled } from './blobs.ts';

const screened = (parts: ScreenedParts) => screenParts(parts, { random: seededRandom(1) });

describe('the screen of training parts', () => {
  it('names flipped labels first, with the class they look like, and next to nobody else', async () => {
    const flipped = new Map([
      [2, 'crack'],
      [40, 'ok'],
      [70, 'ok'],
      [45, 'dent'],
    ]);
    const { suspects, checks, separation } = await screened(
      relabelled(blobs({ ok: 40, crack: 30, dent: 30 }, 8), flipped),
    );
    expect(new Set(suspects.slice(0, 4).map(({ index }) => index))).toEqual(new Set(flipped.keys()));
    expect(suspects.length).toBeLessThan(7);
    const [first] = suspects.filter(({ index }) => index === 2);
    expect(first!.reasons).toContainEqual(expect.objectContaining({ check: 'neighbours', looksLike: 'ok' }));
    expect(first!.reasons).toContainEqual(expect.objectContaining({ check: 'outOfFold', looksLike: 'ok' }));
    expect(checks).toEqual(expect.arrayContaining(['neighbours', 'outOfFold', 'cluster', 'signature']));
    expect(separation).toBeGreaterThan(0.9);
  });

  it('finds a group with a trigger that was put under another label, as a group', async () => {
    const clean = blobs({ ok: 80, crack: 60 }, 6);
    const random = seededRandom(11);
    // Cracks that all carry the same mark, said to be good.
    const planted = Array.from({ length: 8 }, () => {
      const row = pointAt(1, 6, random);
      row[10]! += 15;
      return row;
    });
    const parts = {
      rows: [...clean.rows, ...planted],
      labels: [...clean.labels, ...planted.map(() => 'ok')],
      groups: [...clean.groups, ...planted.map(() => null)],
    };
    const { suspects } = await screened(parts);
    const named = new Set(suspects.map(({ index }) => index));
    for (let at = 140; at < 148; at++) expect(named, `part ${at}`).toContain(at);
    expect(suspects.find(({ index }) => index === 140)!.reasons.map(({ check }) => check)).toContain(
      'cluster',
    );
  });

  it('says so where the features cannot tell the classes apart, and then asks two checks to agree', async () => {
    const { suspects, separation, checks } = await screened(blobs({ ok: 60, crack: 60 }, 0.3));
    expect(separation).toBeLessThan(0.7);
    expect(checks).not.toContain('cluster');
    for (const { reasons } of suspects) {
      const label = reasons.filter(({ check }) => check === 'neighbours' || check === 'outOfFold');
      expect(label.length, JSON.stringify(reasons)).not.toBe(1);
    }
  });

  it('checks no labels of one class, and names classes with too few parts', async () => {
    const one = await screened(blobs({ ok: 50 }, 0));
    expect(one).toMatchObject({ separation: null, tooFew: [] });
    expect(one.checks).not.toContain('neighbours');
    const few = await screened(blobs({ ok: 50, crack: 3 }, 8));
    expect(few).toMatchObject({ separation: null, tooFew: ['crack'] });
  });

  it('gives the same suspects each time, and takes a single part', async () => {
    const parts = relabelled(blobs({ ok: 40, crack: 40 }, 5), new Map([[1, 'crack']]));
    expect(await screened(parts)).toEqual(await screened(parts));
    expect((await screened(blobs({ ok: 1 }, 0))).suspects).toEqual([]);
  });

  it('ends when its pace says so', async () => {
    const stop = new Error('enough');
    const work = screenParts(blobs({ ok: 40, crack: 40 }, 5), {
      random: seededRandom(1),
      pace: (share) => (share > 0.1 ? Promise.reject(stop) : Promise.resolve()),
    });
    await expect(work).rejects.toBe(stop);
  });
});
