import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { scoreBars, type ScoreBar } from '../../../renderer/src/charts/scoreHistogram.ts';
import { ThresholdsState } from '../../../renderer/src/state/thresholds.svelte.ts';
import { pageStates } from './pageStates.ts';

describe('bars of scores', () => {
  const range = [0, 1] as const;
  const sum = (bars: readonly ScoreBar[], word: 'none' | 'ok' | 'ng') =>
    bars.reduce((total, bar) => total + bar[word], 0);

  it('hold every part once, on bars that leave no gap', () => {
    const bins = Array.from({ length: 250 }, (_, i) => ({
      score: i / 200,
      none: 40 + i,
      ok: i % 3,
      ng: i % 2,
    }));
    const bars = scoreBars(bins, range);
    expect(bars[0]!.from).toBe(0);
    expect(bars.at(-1)!.to).toBeCloseTo(1, 12);
    bars.slice(1).forEach(({ from }, i) => expect(from).toBe(bars[i]!.to));
    for (const word of ['none', 'ok', 'ng'] as const) {
      expect(sum(bars, word)).toBeCloseTo(
        bins.reduce((total, bin) => total + bin[word], 0),
        6,
      );
    }
  });

  it('show each of a few parts in one bar, and what lies beyond the axis in the last', () => {
    const bars = scoreBars([{ score: 7, none: 0, ok: 1, ng: 2 }], range);
    expect(bars.at(-1)).toMatchObject({ ok: 1, ng: 2 });
    expect(sum(bars, 'ng')).toBe(2);
  });

  it('are no finer than the scores are kept', () => {
    const bins = [{ score: 50, none: 3, ok: 0, ng: 0 }];
    const [first] = scoreBars(bins, [50, 52]);
    expect(first!.to - first!.from).toBeGreaterThanOrEqual(0.5);
  });
});

describe('setting thresholds by the scores on record', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function opened() {
    vi.useRealTimers();
    const { fake, station, toasts } = await pageStates();
    vi.useFakeTimers();
    const thresholds = new ThresholdsState(station);
    await thresholds.load();
    const asked = (name: string) => fake.calls.filter((call) => call.name === name);
    return { fake, station, toasts, thresholds, asked };
  }

  it('looks at the model in use and its pair, for a week', async () => {
    const { thresholds, station, asked } = await opened();
    const { activeModelId } = station.products[0]!;
    expect(thresholds.model?.id).toBe(activeModelId);
    expect(thresholds.pair).toEqual(thresholds.model?.thresholds);
    expect(thresholds.isChanged).toBe(false);
    const { modelId, fromMs, toMs } = asked('thresholds.scores')[0]!.request as Record<string, number>;
    expect(modelId).toBe(activeModelId);
    expect(station.now() - fromMs!).toBeGreaterThan(6 * 86_400_000 - 3_600_000);
    expect(toMs).toBeNull();
    expect(thresholds.weighed?.stated).toBeNull();
    const [low, high] = thresholds.range;
    expect(low).toBeLessThanOrEqual(0.25);
    expect(high).toBeGreaterThan(0.75);
  });

  it('moves one threshold as far as the other lets it', async () => {
    const { thresholds } = await opened();
    const { review, ng } = thresholds.pair!;
    thresholds.move('ng', review - 1);
    expect(thresholds.pair).toEqual({ review, ng: review });
    thresholds.move('ng', ng);
    thresholds.move('review', ng + 1);
    expect(thresholds.pair).toEqual({ review: ng, ng });
    thresholds.move('review', Number.NaN);
    expect(thresholds.pair).toEqual({ review: ng, ng });
    thresholds.reset();
    expect(thresholds.isChanged).toBe(false);
  });

  it('replays at once while it is moved, and weighs when it rests', async () => {
    const { thresholds, asked } = await opened();
    const [replays, weighings] = [asked('thresholds.replay').length, asked('thresholds.weigh').length];
    for (let i = 0; i < 10; i++) {
      thresholds.move('review', (200 + i) / 1000);
      await vi.advanceTimersByTimeAsync(40);
    }
    const whileMoved = asked('thresholds.replay').length - replays;
    expect(whileMoved).toBeGreaterThanOrEqual(3);
    expect(whileMoved).toBeLessThanOrEqual(5);
    expect(asked('thresholds.weigh')).toHaveLength(weighings);
    expect(thresholds.isWeighing).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked('thresholds.weigh')).toHaveLength(weighings + 1);
    expect(thresholds.isWeighing).toBe(false);
    expect(asked('thresholds.replay').at(-1)!.request).toMatchObject({ thresholds: { review: 0.209 } });
    const moved = thresholds.replay!.moves.filter(({ from, to, parts }) => from !== to && parts > 0);
    expect(moved.length).toBeGreaterThan(0);
  });

  it('shows nothing that was reckoned from the scores before', async () => {
    const { fake, thresholds } = await opened();
    const answer = fake.hold();
    thresholds.move('review', 0.3);
    await vi.advanceTimersByTimeAsync(1000);
    fake.failures.set('thresholds.scores', { kind: 'notFound', params: { what: '#1' } });
    const load = thresholds.load();
    answer();
    await load;
    expect(thresholds.error?.kind).toBe('notFound');
    expect(thresholds.replay).toBeNull();
    expect(thresholds.weighed).toBeNull();
    expect(thresholds.isWeighing).toBe(false);
  });

  it('applies with what was looked at and why, and goes back with one call', async () => {
    const { thresholds, asked, station } = await opened();
    const before = thresholds.pair!;
    thresholds.move('review', 0.3);
    expect(await thresholds.apply('too many reviews')).toBe(true);
    expect(asked('thresholds.apply')[0]!.request).toEqual({
      id: thresholds.model!.id,
      from: before,
      to: { ...before, review: 0.3 },
      reason: 'too many reviews',
    });
    expect(thresholds.isChanged).toBe(false);
    expect(thresholds.model!.thresholds.review).toBe(0.3);
    expect(await thresholds.undo()).toBe(true);
    expect(asked('thresholds.undo')[0]!.request).toEqual({ id: thresholds.model!.id, to: before });
    expect(station.model(thresholds.model!.id)!.thresholds).toEqual(before);
  });

  it('keeps the pair that is looked at where it cannot be applied, and says why', async () => {
    const { thresholds, fake, toasts } = await opened();
    fake.failures.set('thresholds.apply', { kind: 'thresholdsChanged', params: { name: 'm' } });
    thresholds.move('review', 0.3);
    expect(await thresholds.apply('why')).toBe(false);
    expect(thresholds.pair!.review).toBe(0.3);
    expect(toasts.items[0]?.error?.kind).toBe('thresholdsChanged');
    expect(await thresholds.undo()).toBe(false);
  });

  it('shows what went wrong in its place', async () => {
    const { thresholds, fake } = await opened();
    fake.failures.set('thresholds.scores', { kind: 'databaseLocked', params: {} });
    await thresholds.setPeriod('yesterday');
    expect(thresholds.error?.kind).toBe('databaseLocked');
    expect(thresholds.histogram).toBeNull();
    fake.failures.clear();
    await thresholds.setPeriod('all');
    expect(thresholds.error).toBeNull();
    expect(thresholds.histogram?.bins).toHaveLength(3);
  });
});
