import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Inspection } from '../../../electron/contract/domain.ts';
import type { Verdict } from '../../../electron/contract/verdict.ts';
import { newsEveryMs, VerdictTeller, type VerdictNews } from '../../../renderer/src/state/verdictNews.ts';

const part = (id: number, verdict: Verdict, label: string | null = null) =>
  ({ id, verdict, label }) as Inspection;

describe('verdicts that are read out', () => {
  let told: VerdictNews[];
  let teller: VerdictTeller;

  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    teller = new VerdictTeller((news) => told.push(news));
    teller.hear([part(1, 'NG')]);
  });
  afterEach(() => {
    teller.stop();
    vi.useRealTimers();
  });

  it('are not those that were there before, nor OK', () => {
    teller.hear([part(1, 'NG'), part(2, 'OK')]);
    vi.advanceTimersByTime(10 * newsEveryMs);
    expect(told).toEqual([]);
  });

  it('come at once when it was quiet', () => {
    teller.hear([part(1, 'NG'), part(2, 'NG', 'crack')]);
    expect(told).toEqual([{ newest: { id: 2, verdict: 'NG', label: 'crack' }, ng: 1, review: 0 }]);
  });

  it('come together, once in a while, however fast the line is', () => {
    const parts = [part(1, 'NG')];
    const atSpeed = 200;
    for (let id = 2; id < 2 + atSpeed; id++) {
      parts.push(part(id, id % 4 === 0 ? 'REVIEW' : 'NG'));
      teller.hear(parts);
      vi.advanceTimersByTime(newsEveryMs / 50);
    }
    vi.advanceTimersByTime(newsEveryMs);
    expect(told).toHaveLength(1 + atSpeed / 50);
    expect(told.reduce((sum, { ng, review }) => sum + ng + review, 0)).toBe(atSpeed);
    expect(told.reduce((sum, { review }) => sum + review, 0)).toBe(50);
    expect(told.at(-1)!.newest.id).toBe(1 + atSpeed);
  });

  it('are not told again when the list comes anew', () => {
    const parts = [part(1, 'NG'), part(2, 'REVIEW')];
    teller.hear(parts);
    vi.advanceTimersByTime(newsEveryMs);
    teller.hear(parts);
    teller.hear([]);
    teller.hear(parts);
    vi.advanceTimersByTime(newsEveryMs);
    expect(told).toHaveLength(1);
  });
});
