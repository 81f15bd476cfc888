import { describe, expect, it } from 'vitest';
import { pageRows, windowRows } from '../../../renderer/src/state/history.svelte.ts';
import { periodStart } from '../../../renderer/src/features/history/periods.ts';
import { pageStates, settled } from './pageStates.ts';

const ids = (rows: readonly { id: number }[]) => rows.map(({ id }) => id);
const descending = (from: number, count: number) => Array.from({ length: count }, (_, index) => from - index);

describe('HistoryState', () => {
  it('opens at the newest rows and counts all', async () => {
    const { history } = await pageStates(3000);
    await history.newest();
    await settled();
    expect(ids(history.rows)).toEqual(descending(3000, pageRows));
    expect(history.count).toBe(3000);
  });

  it('slides down to the oldest row and back up without gap or repetition', async () => {
    const { history } = await pageStates(3000);
    await history.newest();
    let dropped = 0;
    for (let before = 0; history.rows.at(-1)?.id !== before;) {
      before = history.rows.at(-1)?.id ?? 0;
      dropped += await history.loadOlder();
      expect(history.rows.length).toBeLessThanOrEqual(windowRows);
      expect(ids(history.rows)).toEqual(descending(history.rows[0]?.id ?? 0, history.rows.length));
      expect(history.offset).toBe(3000 - (history.rows[0]?.id ?? 0));
    }
    expect(history.rows.at(-1)?.id).toBe(1);
    expect(dropped).toBe(history.offset);
    while ((await history.loadNewer()) > 0) {
      expect(ids(history.rows)).toEqual(descending(history.rows[0]?.id ?? 0, history.rows.length));
    }
    expect(history.rows[0]?.id).toBe(3000);
    expect(history.offset).toBe(0);
  });

  it('jumps to the oldest rows and reaches the very first', async () => {
    const { history } = await pageStates(3000);
    await history.newest();
    await settled();
    await history.oldest();
    await history.loadOlder();
    expect(history.rows.at(-1)?.id).toBe(1);
    expect(history.offset).toBe(3000 - (history.rows[0]?.id ?? 0));
  });

  it('takes the answer to the last filter, whatever arrives first', async () => {
    const { history } = await pageStates(500);
    const first = history.setFilter({ verdicts: ['NG'] });
    const last = history.setFilter({ verdicts: ['OK'] });
    await Promise.all([first, last]);
    expect(new Set(history.rows.map(({ verdict }) => verdict))).toEqual(new Set(['OK']));
    expect(history.filtered).toBe(true);
  });

  it('opens a part, walks on with the selection, and records a word on it', async () => {
    const { history, fake } = await pageStates(300);
    await history.newest();
    await history.show(298);
    history.select(297);
    await settled();
    expect(history.open?.inspection.id).toBe(297);
    await history.say('ng');
    expect(history.open?.inspection.human).toBe('ng');
    expect(history.rows[3]?.human).toBe('ng');
    await history.say(null);
    expect(fake.parts[296]?.human).toBeNull();
  });

  it('opens nothing that is answered after it was closed, and follows the selection while it waits', async () => {
    const { history, fake } = await pageStates(300);
    await history.newest();
    await history.show(298);
    const answer = fake.hold();
    const late = history.show(297);
    history.close();
    answer();
    await late;
    expect(history.open).toBeNull();

    const answerAgain = fake.hold();
    void history.show(296);
    history.select(295);
    answerAgain();
    await settled();
    expect(history.open?.inspection.id).toBe(295);
  });

  it('opens nothing by mere selection after a part could not be read', async () => {
    const { history, fake } = await pageStates(300);
    await history.newest();
    fake.failures.set('history.part', { kind: 'notFound', params: { what: '#298' } });
    await history.show(298);
    fake.failures.clear();
    history.select(297);
    await settled();
    expect(history.open).toBeNull();
  });

  it('tells of news only at the top', async () => {
    const { history, fake } = await pageStates(300);
    await history.newest();
    expect(history.hasNews).toBe(false);
    fake.judge();
    expect(history.hasNews).toBe(true);
    await history.newest();
    expect(history.hasNews).toBe(false);
  });

  it('says what went wrong in place of rows', async () => {
    const { history, fake } = await pageStates();
    fake.failures.set('history.page', { kind: 'databaseLocked', params: {} });
    await history.newest();
    expect(history.error?.kind).toBe('databaseLocked');
    expect(history.loading).toBe(false);
  });
});

describe('periodStart', () => {
  const now = new Date(2026, 10, 23, 15, 30).getTime();

  it('begins days at midnight here', () => {
    expect(periodStart('today', now)).toBe(new Date(2026, 10, 23).getTime());
    expect(periodStart('week', now)).toBe(new Date(2026, 10, 17).getTime());
    expect(periodStart('hour', now)).toBe(now - 3_600_000);
    expect(periodStart('all', now)).toBeNull();
  });
});
