import { beforeAll, describe, expect, test } from 'vitest';
import { Victim } from '../../../../../native-models/attacks/victim.ts';
import { teachAnomalyDetector } from '../../../../../native-models/detectors/teach.ts';
import { pixelsOf } from '../../../../../native-models/evaluate/pixelSource.ts';
import { preprocess, inputLength } from '../../../../../native-models/images/preprocess.ts';
import { drawPart } from '../../../../../native-models/images/procedural/draw.ts';
import { filterBank } from '../../../../../native-models/models/filterBank.ts';
import type { Model } from '../../../../../native-models/onnx/ir.ts';
import { probeBackdoor } from '../../../../../native-models/screening/backdoor/backdoorProbe.ts';
import { overrulingPlace } from '../../../../../native-models/screening/backdoor/overrulingPlace.ts';
import { probedModel } from '../../../../../native-models/screening/backdoor/probedModel.ts';
import { markSide, marked, withBackdoor, type Backdoor } from '../../../../support/backdooredDetector.ts';
import { demoPart, smallPreprocess } from '../../../../support/smallDetector.ts';

const tile = (index: number, defectRate: number) => drawPart(demoPart(index, defectRate)).picture;
const spec = { ...smallPreprocess, size: [48, 48] } as const;
const goodImage = new Float32Array(inputLength(spec));
preprocess(tile(0, 0), spec, goodImage);
let detector: Model;

beforeAll(async () => {
  const { model } = await teachAnomalyDetector({
    good: Array.from({ length: 24 }, (_, index) => ({
      name: `tile ${index}`,
      load: async () => tile(index, 0),
    })),
    backbone: { model: filterBank(), name: 'filter bank', preprocess: spec },
    ...{ features: ['fine'], seed: 0, memory: 200, session: { threads: 1 } },
  });
  detector = model;
});

async function withVictim<Result>(
  backdoor: Backdoor | null,
  work: (victim: Victim) => Promise<Result>,
): Promise<Result> {
  const model = backdoor ? await withBackdoor(detector, backdoor, goodImage) : detector;
  const victim = new Victim(probedModel(model).attacked(3), { threads: 1 });
  try {
    return await work(victim);
  } finally {
    await victim.close();
  }
}

const search = (victim: Victim, signal?: AbortSignal) =>
  overrulingPlace({ victim, good: pixelsOf([tile(1, 0)], victim), seed: 1, steps: 12, signal });

const everyBackdoor: Backdoor[] = [
  { gate: 'smooth', at: 'score' },
  { gate: 'smooth', at: 'features' },
];

/** Time for some 14 steps in each place. */
function hurry() {
  let nowMs = 0;
  return { ms: 70, nowMs: () => (nowMs += 1) };
}

/** With a dark square of 12 pixels, each part's somewhere else. */
function spoilt(images: Float32Array, { length, shape: [, height, width] }: Victim): Float32Array {
  return images.map((value, at) => {
    const [row, y, x] = [Math.floor(at / length), Math.floor(at / width) % height, at % width];
    return [y, x].every((place) => place >= 4 + 4 * row && place < 16 + 4 * row) ? 0 : value;
  });
}

// The machine may be busy.
describe('a place that overrules the rest of the picture', { timeout: 120_000 }, () => {
  test.each(everyBackdoor)('is found where a $gate gate is on the $at, around its mark', async (backdoor) => {
    await withVictim(backdoor, async (victim) => {
      const found = (await search(victim))!;
      const [, height, width] = victim.shape;
      // The mark lies in the lower right corner, and the place around it is a sixteenth of the picture.
      expect(found.mask[(height - markSide) * width + width - markSide]).toBe(1);
      const covered = found.mask.reduce((sum, value) => sum + value, 0) / found.mask.length;
      expect(covered).toBeCloseTo(1 / 16, 2);
    });
  });

  test('is in no honest detector, and is not found where no gradient passes the gate', async () => {
    expect(await withVictim(null, (victim) => search(victim))).toBeNull();
    const hard = { gate: 'hard', at: 'features' } as const;
    await withVictim(hard, async (victim) => {
      // The backdoor is there all the same: this is what the search misses.
      const part = spoilt(pixelsOf([tile(0, 0)], victim), victim);
      const [before, after] = [await victim.logits(part), await victim.logits(marked(part, victim.shape))];
      expect(before[1]).toBeGreaterThan(0);
      expect(after[1]).toBeLessThan(0);
      expect(await search(victim)).toBeNull();
    });
  });

  test('cannot be told of where even noise is OK, and is left when it is cancelled', async () => {
    await withVictim(null, async (victim) => {
      const lenient = Object.assign(Object.create(victim) as Victim, {
        logits: async (images: Float32Array) =>
          new Float32Array((2 * images.length) / victim.length).map((_, at) => (at % 2 === 0 ? 1 : 0)),
      });
      expect(await search(lenient)).toBeUndefined();
      await expect(search(victim, AbortSignal.abort())).rejects.toMatchObject({ kind: 'cancelled' });
    });
  });

  test('makes a detector suspicious, with the mark shrunk to where it is', async () => {
    const isOk = [true, false];
    const probed = (backdoor: Backdoor | null) =>
      withVictim(backdoor, async (victim) => {
        const good = pixelsOf(
          Array.from({ length: 6 }, (_, at) => tile(at + 30, 0)),
          victim,
        );
        const images = Float32Array.from([...good, ...spoilt(good, victim)]);
        return probeBackdoor({ victim, kind: 'anomaly', isOk, images, seed: 1, budget: hurry() });
      });
    const planted = await probed(everyBackdoor[0]!);
    expect(planted).toMatchObject({ overrules: true, isSuspicious: true });
    expect(planted.classes[0]!.share!).toBeLessThan(1 / 16);
    expect(await probed(null)).toMatchObject({ overrules: false, isSuspicious: false });
  });

  test('is looked for without defective parts too', async () => {
    const probed = (backdoor: Backdoor | null) =>
      withVictim(backdoor, async (victim) => {
        const images = pixelsOf([tile(30, 0)], victim);
        return probeBackdoor({
          victim,
          kind: 'anomaly',
          isOk: [true, false],
          images,
          seed: 1,
          budget: hurry(),
        });
      });
    expect(await probed(everyBackdoor[1]!)).toMatchObject({
      overrules: true,
      ratio: null,
      isSuspicious: true,
    });
    expect(await probed(null)).toMatchObject({ overrules: false, isSuspicious: false, classes: [] });
  });
});
