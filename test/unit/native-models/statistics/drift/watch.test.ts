import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../native-models/random.ts';
import { changePoint } from '../../../../../native-models/statistics/drift/changePoint.ts';
import type { DriftPart } from '../../../../../native-models/statistics/drift/swings.ts';
import {
  nextDrift,
  recentParts,
  startDrift,
  usualDriftPlan,
  watchParts,
  type DriftStep,
} from '../../../../../native-models/statistics/drift/watch.ts';

type Name = 'light' | 'blur';
const { referenceParts, windowParts } = usualDriftPlan;

/** Rows of a line whose lamp wavers slowly by itself, by as much as `lamp` standard deviations. */
function line(count: number, seed: number, { lamp = 0, from = count, light = 0, blur = 0 } = {}) {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i): Row => {
    const has = i >= from ? 1 : 0;
    const wave = lamp * Math.sin((2 * Math.PI * i) / 150);
    return { light: wave + random.normal() + has * light, blur: random.normal() + has * blur };
  });
}

type Row = Readonly<Record<Name, number>>;

function watch(rows: readonly Row[]) {
  let state = startDrift<Name>();
  const steps = rows.map((row): DriftStep<Name> => {
    const step = nextDrift(usualDriftPlan, state, { values: row, embedding: null });
    state = step.state;
    return step;
  });
  const at = steps.findIndex(({ call }) => call !== null);
  return { steps, at, call: at < 0 ? null : steps[at]!.call, state };
}

/** Tens of thousands of parts, on a computer that may be busy with other tests. */
const patient = { timeout: 180_000 };

describe('nextDrift', () => {
  it('gathers the reference first, then looks once a window', () => {
    const { steps } = watch(line(referenceParts + 2 * windowParts, 1));
    const looks = steps.flatMap(({ look }, i) => (look ? i + 1 : []));
    expect(looks).toEqual([referenceParts + windowParts, referenceParts + 2 * windowParts]);
    expect(steps[referenceParts - 2]!.state.swings).toBeNull();
    expect(steps[referenceParts - 1]!.state.swings).not.toBeNull();
  });

  it('seldom calls a line that does not change', patient, () => {
    const calls = Array.from({ length: 20 }, (_, i) => watch(line(2000, 100 + i)).call);
    expect(calls.filter((call) => call !== null).length).toBeLessThanOrEqual(1);
  });

  it('lets the lamp waver as it did in the reference', patient, () => {
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

  it('names all that moved with the stream that was cut first', () => {
    const named = (light: number, blur: number) => {
      // No window ever calls it: what is left are the streams.
      let state = startDrift<Name>();
      for (const values of line(1500, 12, { from: 700, light, blur })) {
        const step = nextDrift({ ...usualDriftPlan, looks: Infinity }, state, { values, embedding: null });
        state = step.state;
        if (step.call) return step.call;
      }
      return null;
    };
    const both = named(3, 3)!;
    expect(both.by).toBe('stream');
    expect(both.features.map(({ hasMoved }) => hasMoved)).toEqual([true, true]);
    expect(named(3, 0)!.features.find(({ feature }) => feature === 'blur')!.hasMoved).toBe(false);
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
    const rows = Array.from({ length: 700 }, () => ({ light: 1, blur: 0 }));
    expect(watch(rows).call).toBeNull();
    const stepped = [...rows, ...rows.map(() => ({ light: 1, blur: 1 }))];
    expect(watch(stepped).call!.features[0]!.feature).toBe('blur');
  });
});

describe('watchParts', () => {
  const parts = line(1100, 6, { from: 800, blur: 1.5 }).map((values, i) => ({
    number: i + 1,
    values,
    embedding: null,
  }));
  const reference = parts.slice(0, referenceParts);

  it('finds the same in batches of any size, with nothing kept but parts and its memory', () => {
    const oneByOne = watch(parts.map(({ values }) => values)).steps.flatMap(({ look, call }, i) =>
      look || call ? [{ number: i + 1, look, call }] : [],
    );
    expect(oneByOne.some(({ call }) => call !== null)).toBe(true);
    for (const size of [7, 25, 600]) {
      let known: Parameters<typeof watchParts<Name>>[1] = { memory: null, reference, recent: [] };
      const found = [];
      for (let at = referenceParts; at < parts.length; at += size) {
        const batch = parts.slice(at, at + size);
        const { memory, findings } = watchParts(usualDriftPlan, known, batch);
        found.push(...findings);
        const recent = [...known.recent, ...batch].slice(-recentParts);
        known = { reference, recent, memory: JSON.parse(JSON.stringify(memory)) as typeof memory };
      }
      expect(found).toEqual(oneByOne);
    }
  });

  it('looks where it would have, though parts in between were forgotten', () => {
    const rest = parts.slice(referenceParts + 30);
    const { findings } = watchParts(usualDriftPlan, { memory: null, reference, recent: [] }, rest);
    expect(findings[0]!.number).toBe(referenceParts + windowParts);
  });
});

describe('embeddings', () => {
  /** Parts whose figures stay; from a moment on the network sees something else in two of eight directions. */
  function seen(count: number, from: number, shift: number) {
    const random = seededRandom(9);
    return Array.from({ length: count }, (_, i) => ({
      values: { light: random.normal(), blur: random.normal() },
      embedding: Array.from({ length: 8 }, (_, k) => random.normal() + (i >= from && k < 2 ? shift : 0)),
    }));
  }
  function steps(parts: readonly DriftPart<Name>[]) {
    let state = startDrift<Name>();
    return parts.map((part) => {
      const step = nextDrift(usualDriftPlan, state, part);
      state = step.state;
      return step;
    });
  }

  it('that move are called, though no figure has moved, and about when they began', () => {
    const all = steps(seen(1000, 700, 2));
    const at = all.findIndex(({ call }) => call !== null);
    expect(at).toBeGreaterThanOrEqual(700);
    expect(at).toBeLessThan(700 + 3 * windowParts);
    expect(all[at]!.call!.features.every(({ hasMoved }) => !hasMoved)).toBe(true);
    expect(Math.abs(at + 1 - 700 - all[at]!.call!.partsAgo)).toBeLessThan(windowParts / 2);
    expect(all[at]!.look!.embeddingP).toBeLessThan(0.004);
  });

  it('that stay are not called', () => {
    expect(steps(seen(1500, 1500, 0)).filter(({ call }) => call !== null)).toEqual([]);
  });

  it('are done without where the network has not told enough of them', () => {
    const parts = seen(700, 700, 0).map((part, i) => (i % 10 === 0 ? part : { ...part, embedding: null }));
    const { look } = steps(parts).find((step) => step.look !== null)!;
    expect(look!.embeddingP).toBeNull();
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
