import { describe, expect, it } from 'vitest';
import { scoredParts } from '../../../../native-models/evaluate/conditions.ts';
import { occurrences } from '../../../../native-models/evaluate/occurrence.ts';
import { costWeights } from '../../../../native-models/training/robust/sampleWeights.ts';
import { costModel } from './costModels.ts';

const labelsOf = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).flatMap(([label, count]) => Array<string>(count).fill(label));
const labels = labelsOf({ ok: 6, crack: 3, stain: 1 });

function close(found: ReturnType<typeof occurrences>, wanted: Readonly<Record<string, [number, number]>>) {
  expect([...found.keys()].sort()).toEqual(Object.keys(wanted).sort());
  for (const [label, [share, escapeCost]] of Object.entries(wanted)) {
    expect(found.get(label)!.share, label).toBeCloseTo(share, 12);
    expect(found.get(label)!.escapeCost, label).toBeCloseTo(escapeCost, 9);
  }
}

describe('occurrences', () => {
  it('follow the images where no rates are stated by type', () => {
    const costs = costModel({ defectRate: 0.04, escape: 10, escapeByType: { crack: 30 } });
    // Three of four defective images have a crack.
    close(occurrences(labels, costs), { ok: [0.96, 0], crack: [0.03, 30], stain: [0.01, 10] });
  });

  it('follow the stated rates whatever the images say, and a type without one does not come', () => {
    const stated = { defectRate: 0.04, defectRateByType: { crack: 0.01, stain: 0.03 } };
    close(occurrences(labels, costModel({ ...stated, escape: 10 })), {
      ...{ ok: [0.96, 0], crack: [0.01, 10], stain: [0.03, 10] },
    });
    const one = { defectRate: 0.04, defectRateByType: { stain: 0.04 } };
    close(occurrences(labels, costModel({ ...one, escape: 10 })), {
      ...{ ok: [0.96, 0], crack: [0, 10], stain: [0.04, 10] },
    });
  });

  it('share a type without images out over those that have some, at its own cost', () => {
    const costs = costModel({
      ...{ defectRate: 0.04, defectRateByType: { crack: 0.01, stain: 0.01, burr: 0.02 } },
      ...{ escape: 10, escapeByType: { burr: 50 } },
    });
    // Of the 2 % burrs three quarters go to cracks: 0.01 · 10 + 0.015 · 50 = 0.85 over 0.025; and 0.35 over 0.015.
    close(occurrences(labels, costs), { ok: [0.96, 0], crack: [0.025, 34], stain: [0.015, 0.35 / 0.015] });
  });

  it('let stand-ins be defects of any type, by their part of the defective images', () => {
    const costs = costModel({
      ...{ defectRate: 0.04, defectRateByType: { crack: 0.01, stain: 0.03 } },
      ...{ escape: 10, escapeByType: { crack: 30 } },
    });
    const both = labelsOf({ ok: 6, crack: 3, stain: 1, made: 4 });
    // Half of the defective images: half of 4 %, at (0.01 · 30 + 0.03 · 10) / 0.04 = 15.
    const wanted = { ok: [0.96, 0], crack: [0.005, 30], stain: [0.015, 10], made: [0.02, 15] } as const;
    close(occurrences(both, costs, new Set(['made'])), wanted as never);
    close(occurrences(labelsOf({ ok: 6, made: 4 }), costs, new Set(['made'])), {
      ok: [0.96, 0],
      made: [0.04, 15],
    });
  });

  it('are what scored parts are billed by, and what samples weigh', () => {
    const costs = costModel({
      ...{ defectRate: 0.04, defectRateByType: { crack: 0.01, burr: 0.03 }, falseAlarm: 1 },
      ...{ escape: 10, escapeByType: { burr: 50 } },
    });
    const occurring = occurrences(labels, costs);
    const scores = labels.map((label) => ({ label, score: 0 }));
    for (const stratum of scoredParts([{ name: 'clean', weight: 1, scores }], costs).strata) {
      const { share, escapeCost } = stratum;
      expect({ share, escapeCost }).toEqual(occurring.get(stratum.label));
    }
    // Of a sample: good 0.96 · 1 / 6 = 0.16, crack (0.01 · 10 + 0.0225 · 50) / 3 ≈ 0.408, stain 0.0075 · 50 = 0.375.
    const weights = costWeights(labels, costs);
    const [ok, crack, stain] = [weights[0]!, weights[6]!, weights[9]!];
    expect(crack / ok).toBeCloseTo((0.01 * 10 + 0.0225 * 50) / 3 / 0.16, 9);
    expect(stain / ok).toBeCloseTo(0.375 / 0.16, 9);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(labels.length, 9);
  });

  it('weigh no type by a rate of its images where others are stated', () => {
    const costs = costModel({
      ...{ defectRate: 0.04, defectRateByType: { crack: 0.04 }, falseAlarm: 1, escape: 10 },
    });
    const weights = costWeights(labels, costs);
    // A stain does not come; it keeps the least weight, since a training that sees none of it forgets it.
    expect(weights[9]).toBe(Math.min(...weights));
  });
});
