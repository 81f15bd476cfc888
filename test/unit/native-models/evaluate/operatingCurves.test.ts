import { describe, expect, it } from 'vitest';
import { auroc } from '../../../../native-models/evaluate/auroc.ts';
import {
  operatingCurves,
  operatingPoint,
  type KnownScore,
} from '../../../../native-models/evaluate/operatingCurves.ts';
import { wilsonRate } from '../../../../native-models/evaluate/rates.ts';
import { seededRandom } from '../../../../native-models/random.ts';

const resampling = () => ({ random: seededRandom(1), replicates: 400 });
const known = (score: number, isDefective: boolean, weight = 1): KnownScore => ({
  score,
  isDefective,
  weight,
});
/** The example of scikit-learn's roc_curve, precision_recall_curve and average_precision_score. */
const example = [known(0.1, false), known(0.4, false), known(0.35, true), known(0.8, true)];

/** Normal scores, defective ones a bit higher. */
function drawn(count: number, seed: number): KnownScore[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) =>
    known(random.normal() + (i % 3 === 0 ? 1.2 : 0), i % 3 === 0),
  );
}

describe('ROC and precision-recall curves', () => {
  it('are those of scikit-learn on its example', () => {
    const { points, auroc, averagePrecision } = operatingCurves(example, resampling())!;
    expect(points.map(({ threshold }) => threshold)).toEqual([0.8, 0.4, 0.35, 0.1]);
    expect(points.map(({ falseAlarmRate }) => falseAlarmRate.value)).toEqual([0, 0.5, 0.5, 1]);
    expect(points.map(({ recall }) => recall.value)).toEqual([0.5, 0.5, 1, 1]);
    expect(points.map(({ precision }) => precision!.value)).toEqual([1, 0.5, 2 / 3, 0.5]);
    expect(auroc.value).toBe(0.75);
    expect(averagePrecision.value).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 3), 12);
  });

  it('have the intervals of Wilson, DeLong and, for average precision, the logit of Boyd et al.', () => {
    const parts = drawn(300, 2);
    const { points, auroc: area, averagePrecision } = operatingCurves(parts, resampling())!;
    const half = points.find(({ recall }) => recall.value === 0.5)!;
    expect(half.recall.interval).toEqual(wilsonRate(50, 100)!.interval);
    const scores = (isDefective: boolean) =>
      parts.filter((part) => part.isDefective === isDefective).map(({ score }) => score);
    expect(area).toEqual(auroc(scores(false), scores(true)));
    const { value, interval } = averagePrecision;
    const logit = (p: number) => Math.log(p / (1 - p));
    expect(logit(interval[1]) - logit(value)).toBeCloseTo(1.96 / Math.sqrt(100 * value * (1 - value)), 3);
    expect(logit(value) - logit(interval[0])).toBeCloseTo(logit(interval[1]) - logit(value), 9);
  });

  it('take a part of weight 3 for three, at a smaller effective size', () => {
    const weighted = [...example.slice(0, 3), known(0.8, true, 3)];
    const repeated = [...example.slice(0, 3), ...Array.from({ length: 3 }, () => known(0.8, true))];
    const [one, three] = [weighted, repeated].map((parts) => operatingCurves(parts, resampling())!);
    const values = ({ points }: typeof one & object) =>
      points.flatMap(({ recall, precision, falseAlarmRate }) => [
        recall.value,
        precision!.value,
        falseAlarmRate.value,
      ]);
    expect(values(one!)).toEqual(values(three!));
    expect(one!.auroc.value).toBeCloseTo(three!.auroc.value, 12);
    expect(one!.averagePrecision.value).toBeCloseTo(three!.averagePrecision.value, 12);
    const width = ([low, high]: readonly [number, number]) => high - low;
    expect(width(one!.points[0]!.recall.interval)).toBeGreaterThan(width(three!.points[0]!.recall.interval));
  });

  it('cover the true area of weighted parts in about 95 of 100 samples', () => {
    // Φ(1.2 / √2): the area of two normals of equal spread.
    const truth = 0.8019;
    let covered = 0;
    for (let seed = 0; seed < 100; seed++) {
      const parts = drawn(240, 100 + seed).map((part, i) => ({ ...part, weight: 1 + (i % 2) }));
      const [low, high] = operatingCurves(parts, { random: seededRandom(seed), replicates: 200 })!.auroc
        .interval;
      if (low <= truth && truth <= high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(88);
    expect(covered).toBeLessThan(100);
  });

  it('leave out points where they are many, never the ends', () => {
    const { points } = operatingCurves(drawn(6000, 3), resampling())!;
    expect(points.length).toBeLessThan(170);
    expect(points.length).toBeGreaterThan(100);
    expect(points.at(-1)!.recall.value).toBe(1);
    expect(points.at(-1)!.falseAlarmRate.value).toBe(1);
  });

  it('are none where one kind is missing, and certain of nothing where all pairs are in order', () => {
    expect(operatingCurves([known(1, true), known(2, true)], resampling())).toBeNull();
    const perfect = operatingCurves([known(0, false, 2), known(1, true), known(2, true)], resampling())!;
    expect(perfect.auroc.value).toBe(1);
    expect(perfect.auroc.interval[0]).toBeLessThan(0.1);
    expect(perfect.averagePrecision.interval[0]).toBeCloseTo(0.025 ** 0.5, 12);
  });
});

describe('a point on the curves', () => {
  it('is that of the threshold, between the scores too', () => {
    const point = operatingPoint(example, 0.37)!;
    expect(point.recall.value).toBe(0.5);
    expect(point.falseAlarmRate.value).toBe(0.5);
    expect(point.precision!.value).toBe(0.5);
    expect(operatingPoint(example, 0.9)!.precision).toBeNull();
    expect(operatingPoint([known(1, true)], 0.5)).toBeNull();
  });
});
