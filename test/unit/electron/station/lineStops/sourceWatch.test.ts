import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SourceWatch } from '../../../../../electron/station/lineStops/sourceWatch.ts';
import { StopWindow } from '../../../../../electron/station/lineStops/stopWindow.ts';
import { verdictBefore } from '../../../../../electron/station/lineStops/verdictBefore.ts';
import { stopsPerPart } from '../../../../../native-models/evaluate/lineStops.ts';

/** Looks at every window anew: slow, and plainly right. */
function stopsByHand(isNg: readonly boolean[], ng: number, parts: number): number[][] {
  const stops: number[][] = [];
  let since = 0;
  isNg.forEach((bad, at) => {
    if (!bad) return;
    const first = Math.max(since, at - parts + 1);
    const found = isNg.slice(first, at + 1).flatMap((each, i) => (each ? [first + i] : []));
    if (found.length < ng) return;
    stops.push(found);
    since = at + 1;
  });
  return stops;
}

describe('a window of NG', () => {
  it('finds the same stops, with the same parts, as looking at every window anew', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 200 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 12 }),
        (isNg, ng, more) => {
          const window = new StopWindow(ng, ng + more);
          const found = isNg.flatMap((bad, id) => {
            const met = window.add(id, bad);
            return met === null ? [] : [met];
          });
          expect(found).toEqual(stopsByHand(isNg, ng, ng + more));
        },
      ),
    );
  });

  it('stops as often as the rule of the costs says', () => {
    const [rate, rule] = [0.05, { ng: 3, parts: 20 }];
    let state = 12345;
    const uniform = () => (state = (state * 1664525 + 1013904223) % 2 ** 32) / 2 ** 32;
    const window = new StopWindow(rule.ng, rule.parts);
    const parts = 400_000;
    let stops = 0;
    for (let id = 0; id < parts; id++) if (window.add(id, uniform() < rate) !== null) stops++;
    expect(stops / parts / stopsPerPart(rate, rule)).toBeCloseTo(1, 1);
  });
});

describe('the watch of a source', () => {
  const rules = { share: { ng: 2, parts: 5 }, consecutive: null, drift: false };
  const part = (id: number, isNg: boolean, wasNg = isNg) => ({ id, isNg, wasNg });

  it('tells a stop of the thresholds before from one of both', () => {
    const watch = new SourceWatch(rules);
    watch.add(part(1, true));
    expect(watch.add(part(2, true))).toMatchObject({
      raised: { partIds: [1, 2] },
      before: { partIds: [1, 2] },
    });
    watch.add(part(3, false, true));
    expect(watch.add(part(4, false, true))).toMatchObject({ raised: null, before: { partIds: [3, 4] } });
  });

  it('does not call a stop avoided that came a little later', () => {
    const watch = new SourceWatch(rules);
    watch.add(part(1, false, true));
    expect(watch.add(part(2, true, true)).before).not.toBeNull();
    watch.expect(77, 5);
    expect(watch.add(part(3, true, true))).toMatchObject({ raised: { partIds: [2, 3] }, met: [77] });
  });

  it('forgets one when the same trouble cannot raise a stop any more', () => {
    const watch = new SourceWatch(rules);
    watch.expect(77, 5);
    for (let id = 1; id <= 5; id++) watch.add(part(id, false));
    watch.add(part(6, true));
    expect(watch.add(part(7, true)).met).toEqual([]);
  });
});

describe('the verdict by the thresholds before', () => {
  const thresholds = { review: 0.5, ng: 0.6 };
  const model = { thresholds, previousThresholds: { review: 0.3, ng: 0.4 } };
  it('is that of one look and of the pair before the last change', () => {
    expect(verdictBefore({ score: 0.45, thresholds, verdict: 'OK' }, model)).toBe('NG');
    expect(verdictBefore({ score: 0.65, thresholds, verdict: 'OK' }, { thresholds })).toBe('NG');
  });
  it('leaves parts without a score, and those of a defect type with thresholds of its own', () => {
    expect(verdictBefore({ score: null, thresholds, verdict: 'REVIEW' }, model)).toBe('REVIEW');
    const own = { review: 0.8, ng: 0.9 };
    expect(verdictBefore({ score: 0.5, thresholds: own, verdict: 'OK' }, model)).toBe('OK');
  });
});
