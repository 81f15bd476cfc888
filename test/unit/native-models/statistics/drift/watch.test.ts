import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../native-models/random.ts';
import { changePoint } from '../../../../../native-models/statistics/drift/changePoint.ts';
import {
  nextDrift,
  startDrift,
  usualDriftPlan,
  type DriftRow,
  type DriftStep,
} from '../../../../../native-models/statistics/drift/watch.ts';

type Name = 'light' | 'blur';
const { referenceParts, windowParts } = usualDriftPlan;

/** Rows of a line whose lamp wavers slowly by itself, by as much as `lamp` standard deviations. */
function line(count: number, seed: number, { lamp = 0, from = count, light = 0, blur = 0 } = {}) {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i): DriftRow<Name> => {
    const has = i >= from ? 1 : 0;
    const wave = lamp * Math.sin((2 * Math.PI * i) / 150);
    return { light: wave + random.normal() + has * light, blur: random.normal() + has * blur };
  });
}

function watch(rows: readonly DriftRow<Name>[]) {
  let state = startDrift<Name>();
  const steps = rows.map((row): DriftStep<Name> => {
    const step = nextDrift(usualDriftPlan, state, row);
    state = step.state;
    return step;
  });
  const at = steps.findIndex(({ call }) => call !== null);
  return { steps, at, call: at < 0 ? null : steps[at]!.call, state };
}

describe('nextDrift', () => {
  it('gathers the reference first, then looks once a window', () => {
    const { steps } = watch(line(referenceParts + 2 * windowParts, 1));
    const looks = steps.flatMap(({ look }, i) => (look ? i + 1 : []));
    expect(looks).toEqual([referenceParts + windowParts, referenceParts + 2 * windowParts]);
    expect(steps[referenceParts - 2]!.state.swings).toBeNull();
    expect(steps[referenceParts - 1]!.state.swings).not.toBeNull();
  });

  it('seldom calls a line that does not change', () => {
    const calls = Array.from({ length: 20 }, (_, i) => watch(line(2000, 100 + i)).call);
    expect(calls.filter((call) => call !== null).length).toBeLessThanOrEqual(1);
  });

  it('lets the lamp waver as it did in the reference', () => {
    const calls = Array.from({ length: 10 }, (_, i) => watch(line(2000, 200 + i, { lamp: 3 })).call);
    expect(calls.filter((call) => call !== null).length).toBeLessThanOrEqual(1);
  });

  it('calls a change within a few windows, names what moved and about when it began', () => {
    const from = 700;
    const { at, call } = watch(line(1200, 3, { from, blur: -2 }));
    expect(at - from).toBeGreaterThan(0);
    expect(at - from).toBeLessThanOrEqual(3 * windowParts);
    expect(call!.features[0]).toMatchObject({ feature: 'blur', hasMoved: true });
    expect(call!.features[0]!.shift).toBeLessThan(-1.5);
    expect(call!.features[1]).toMatchObject({ feature: 'light', hasMoved: false });
    expect(Math.abs(at + 1 - from - call!.partsAgo)).toBeLessThan(windowParts);
  });

  it('finds a change under a wavering lamp when it goes beyond that', () => {
    const { at, call } = watch(line(1500, 4, { lamp: 2, from: 700, light: 8 }));
    expect(at).toBeGreaterThanOrEqual(700);
    expect(call!.features[0]!.feature).toBe('light');
  });

  it('comes to the same again: a stored line of parts rebuilds the state', () => {
    const rows = line(900, 5, { from: 700, blur: 1 });
    expect(watch(rows).state).toEqual(watch(rows).state);
    expect(JSON.parse(JSON.stringify(watch(rows).state))).toEqual(watch(rows).state);
  });

  it('takes values that never vary', () => {
    const rows = Array.from({ length: 600 }, () => ({ light: 1, blur: 0 }));
    expect(watch(rows).call).toBeNull();
    const stepped = [...rows, ...rows.map(() => ({ light: 1, blur: 1 }))];
    expect(watch(stepped).call!.features[0]!.feature).toBe('blur');
  });
});

describe('changePoint', () => {
  it('finds the first value after a step', () => {
    expect(changePoint([...new Array<number>(40).fill(0), ...new Array<number>(12).fill(1)])).toBe(40);
  });

  it('is 0 with too few values', () => {
    expect(changePoint([0, 0, 5, 5])).toBe(0);
  });
});
