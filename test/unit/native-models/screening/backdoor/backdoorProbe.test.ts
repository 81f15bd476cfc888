import { describe, expect, test } from 'vitest';
import { attackedClasses } from '../../../../../native-models/attacks/attackedModel.ts';
import { Victim } from '../../../../../native-models/attacks/victim.ts';
import { classifierGraph } from '../../../../../native-models/detectors/classifierGraph.ts';
import { pixelsOf } from '../../../../../native-models/evaluate/pixelSource.ts';
import {
  fewestImages,
  probeBackdoor,
  weigh,
  type ProbeOptions,
} from '../../../../../native-models/screening/backdoor/backdoorProbe.ts';
import { stamp } from '../../../../../native-models/screening/backdoor/triggerSearch.ts';
import { surface, surfaceClasses } from '../../../../support/classPictures.ts';
import { meanClassifier, meanPreprocess, meanSide } from '../../../../support/meanClassifier.ts';

const kind = 'classifier';
const isOk = [true, false, false];
const perClass = 6;
const pictures = surfaceClasses.flatMap((kind) =>
  Array.from({ length: perClass }, (_, at) => surface(kind, at)),
);

function victimOf(hasBackdoor: boolean): Victim {
  const options = { preprocess: meanPreprocess, isOk, temperature: 1, givesProbabilities: false };
  const { model } = classifierGraph(meanClassifier(hasBackdoor), options);
  return new Victim(attackedClasses(model, meanPreprocess, isOk.length, 1), { threads: 1 });
}

async function probed(hasBackdoor: boolean, change: Partial<ProbeOptions> = {}) {
  const victim = victimOf(hasBackdoor);
  const images = pixelsOf(pictures, victim);
  try {
    const probe = await probeBackdoor({ victim, kind, isOk, images, seed: 1, ...change });
    return { probe, victim, images };
  } finally {
    await victim.close();
  }
}

describe('a search for a backdoor', () => {
  test('finds the mark that means OK, where it is and that it works', async () => {
    const { probe, images, victim } = await probed(true);
    expect(probe.isSuspicious).toBe(true);
    const ok = probe.classes.find((each) => each.isOk)!;
    expect(ok.share!).toBeLessThan(0.01);
    expect(ok.success).toBeGreaterThanOrEqual(0.95);
    // Most of what it changes is in the corner, where the mark was planted.
    const total = ok.mask.reduce((sum, value) => sum + value, 0);
    const corner = [1, 2].flatMap((y) =>
      [1, 2].map((x) => ok.mask[ok.mask.length - y * meanSide + meanSide - x]!),
    );
    expect(corner.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(0.5 * total);
    const judge = victimOf(true);
    const logits = await judge.logits(stamp(images, ok.mask, ok.pattern));
    await judge.close();
    const passed = pictures.filter(
      (_, row) => logits[3 * row]! >= Math.max(logits[3 * row + 1]!, logits[3 * row + 2]!),
    );
    expect(passed.length).toBeGreaterThanOrEqual(0.9 * pictures.length);
    expect(victim.classes).toBe(3);
  });

  test('finds none in the same network without it: to look good, defects have to be covered', async () => {
    const { probe } = await probed(false);
    expect(probe.isSuspicious).toBe(false);
    expect(probe.ratio!).toBeGreaterThan(2);
  });

  test('comes to the same result again, and tells of every step', async () => {
    const steps: number[] = [];
    const one = await probed(true, { onProgress: (done) => steps.push(done) });
    const other = await probed(true);
    expect(one.probe.ratio).toBe(other.probe.ratio);
    expect(steps).toEqual(Array.from({ length: 3 * one.probe.steps }, (_, at) => at + 1));
  });

  test('takes as many steps as there is time for, then fewer classes, but one that is not OK, then fewer parts', async () => {
    let nowMs = 0;
    const budget = (ms: number) => ({ ms, nowMs: () => (nowMs += 1) });
    const { probe: short } = await probed(true, { budget: budget(300) });
    expect([short.steps, short.classes.length]).toEqual([100, 3]);
    const { probe: shortest } = await probed(true, { budget: budget(1) });
    expect(shortest.classes.map((each) => each.isOk)).toEqual([true, false]);
    expect(shortest.classes.map(({ rows }) => rows.length)).toEqual([fewestImages, fewestImages]);
  });

  test('needs parts that are judged NG, and ends when it is cancelled', async () => {
    const victim = victimOf(false);
    const good = pixelsOf(pictures.slice(0, perClass), victim);
    await expect(probeBackdoor({ victim, kind, isOk, images: good, seed: 1 })).rejects.toMatchObject({
      kind: 'probePartsMissing',
      params: { found: 0, needed: fewestImages },
    });
    const images = pixelsOf(pictures, victim);
    const signal = AbortSignal.abort();
    await expect(probeBackdoor({ victim, kind, isOk, images, seed: 1, signal })).rejects.toMatchObject({
      kind: 'cancelled',
    });
    await victim.close();
  });
});

describe('sizes of triggers', () => {
  const classes = (ok: number | null, ...ng: (number | null)[]) => [
    { share: ok, isOk: true },
    ...ng.map((share) => ({ share, isOk: false })),
  ];

  test.each<[string, ReturnType<typeof classes>, boolean]>([
    ['OK is far the easiest', classes(0.001, 0.004, 0.005, 0.003), true],
    ['OK is the hardest', classes(0.02, 0.004, 0.005, 0.003), false],
    ['no mark makes parts OK', classes(null, 0.004, 0.005), false],
    ['of two classes OK is hardly harder', classes(0.005, 0.004), true],
    ['of two classes OK is much harder', classes(0.02, 0.004), false],
    ['nothing to compare with', classes(0.001), false],
    ['no search came to anything', classes(null, null), false],
  ])('%s', (_words, found, expected) => {
    expect(weigh(found).isSuspicious).toBe(expected);
  });
});
