import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import { smallCluster } from '../../../../native-models/screening/activationClustering.ts';
import { confidentLearning } from '../../../../native-models/screening/confidentLearning.ts';
import { neighbourVotes } from '../../../../native-models/screening/deepKnn.ts';
import { dealFolds } from '../../../../native-models/screening/folds.ts';
import { fitLogistic, probabilitiesOf } from '../../../../native-models/screening/logistic.ts';
import { lonelyParts } from '../../../../native-models/screening/patchOutliers.ts';
import { spectralScores } from '../../../../native-models/screening/spectralSignatures.ts';
import { blobs, dimensions, pointAt, relabelled } from './blobs.ts';

describe('the vote of neighbours', () => {
  it('goes against a part that lies among another class, and not against the others', async () => {
    const parts = relabelled(blobs({ a: 40, b: 40 }, 8), new Map([[5, 'b']]));
    const votes = await neighbourVotes(parts);
    expect(votes[5]).toMatchObject({ voted: 'a', isAgainst: true });
    expect(votes[5]!.share).toBeGreaterThan(0.9);
    expect(votes.filter(({ isAgainst }) => isAgainst)).toHaveLength(1);
  });

  it('does not ask the own group: parts that are wrong together do not vouch for each other', async () => {
    const wrong = new Map(Array.from({ length: 12 }, (_, at) => [at, 'b'] as const));
    const parts = relabelled(blobs({ a: 40, b: 40 }, 8), wrong);
    // Near copies of each other, labelled b all of them.
    const rows = parts.rows.map((row, at) => (wrong.has(at) ? row.map((v, d) => (d > 0 ? v / 20 : 8)) : row));
    const alone = await neighbourVotes({ ...parts, rows });
    expect(alone[3]!.isAgainst).toBe(false);
    const groups = parts.groups.map((_, at) => (wrong.has(at) ? 'lot 7' : null));
    const together = await neighbourVotes({ ...parts, rows, groups });
    for (const at of wrong.keys()) expect(together[at]).toMatchObject({ voted: 'a', isAgainst: true });
  });

  it('does not let a rare class outvote a common one it overlaps with', async () => {
    const votes = await neighbourVotes(blobs({ common: 200, rare: 10 }, 0));
    const againstCommon = votes.slice(0, 200).filter(({ isAgainst }) => isAgainst);
    expect(againstCommon.length).toBeLessThan(10);
  });
});

describe('logistic regression', () => {
  it('finds the weights that made the labels', () => {
    const random = seededRandom(2);
    const rows = Array.from({ length: 2000 }, () => pointAt(0, 0, random));
    const classes = rows.map((row) =>
      random.uniform() < 1 / (1 + Math.exp(-2 * row[0]! - row[1]!)) ? 1 : 0,
    );
    const model = fitLogistic(rows, classes, 2);
    const at = (x: number, y: number) => {
      const row = new Float32Array(dimensions);
      row.set([x, y]);
      return probabilitiesOf(model, row)[1]!;
    };
    expect(at(0, 0)).toBeCloseTo(0.5, 1);
    // Drawn in a little by the ridge.
    expect(at(1, 1)).toBeGreaterThan(0.87);
    expect(at(-1, 0)).toBeLessThan(0.2);
  });
});

describe('folds', () => {
  it('hold every class in each, and never part a group', () => {
    const labels = Array.from({ length: 60 }, (_, at) => (at % 3 === 0 ? 'b' : 'a'));
    const groups = labels.map((_, at) => (at < 12 ? 'lot' : null));
    const folds = dealFolds(labels, groups, 5, seededRandom(1));
    expect(new Set(folds.slice(0, 12)).size).toBe(1);
    for (let fold = 0; fold < 5; fold++) {
      const own = labels.filter((_, at) => folds[at] === fold);
      expect(new Set(own)).toEqual(new Set(['a', 'b']));
    }
  });
});

describe('confident learning', () => {
  it('counts exactly the flipped labels off the diagonal where classes are far apart', async () => {
    const flipped = new Map([
      [3, 'b'],
      [17, 'c'],
      [70, 'a'],
    ]);
    const parts = relabelled(blobs({ a: 40, b: 40, c: 40 }, 7), flipped);
    const found = await confidentLearning(parts, seededRandom(1));
    expect([...found.keys()].filter((at) => found[at]!.isIssue)).toEqual([...flipped.keys()]);
    expect(found[17]).toMatchObject({ other: 'a' });
    expect(found[17]!.otherProbability).toBeGreaterThan(0.8);
  });
});

describe('the spectral signature', () => {
  it('brings out parts that share something the class does not have', () => {
    const random = seededRandom(5);
    const clean = Array.from({ length: 95 }, () => pointAt(0, 0, random));
    const planted = Array.from({ length: 5 }, () => pointAt(2, 14, random));
    const scores = spectralScores([...clean, ...planted], seededRandom(1));
    const outliers = [...scores.keys()].filter((at) => scores[at]!.isOutlier);
    expect(outliers).toEqual([95, 96, 97, 98, 99]);
  });

  it('names nobody where two halves are how the class is', () => {
    const { rows } = blobs({ day: 60, night: 40 }, 12);
    expect(spectralScores(rows, seededRandom(1)).some(({ isOutlier }) => isOutlier)).toBe(false);
  });
});

describe('the smaller cluster', () => {
  it('is the group that was planted', () => {
    const { rows } = blobs({ own: 90, planted: 10 }, 12);
    const cluster = smallCluster(rows, seededRandom(1));
    expect(cluster?.members).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
    expect(cluster?.silhouette).toBeGreaterThan(0.3);
  });

  it('is hardly one where there is a single cloud', () => {
    const { rows } = blobs({ own: 100 }, 0);
    expect(smallCluster(rows, seededRandom(1))?.silhouette ?? 0).toBeLessThan(0.2);
  });
});

describe('parts that show what no other shows', () => {
  const patchesOf = (count: number, strange: ReadonlySet<number>) => {
    const random = seededRandom(9);
    return Array.from({ length: count }, (_, part) => {
      const patches = Float32Array.from({ length: 49 * 6 }, () => random.normal());
      // One place in 49.
      if (strange.has(part)) patches.fill(9, 24 * 6, 25 * 6);
      return patches;
    });
  };

  it('are named though only one place in 49 is strange, also where some of them are alike', async () => {
    const strange = new Set([4, 31]);
    const found = await lonelyParts(patchesOf(60, strange), Array<null>(60).fill(null), 6, seededRandom(1));
    const outliers = [...found.keys()].filter((at) => found[at]!.isOutlier);
    expect(new Set(outliers)).toEqual(strange);
  });
});
