import { describe, expect, it } from 'vitest';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import { Answer } from '../../../renderer/src/state/answer.svelte.ts';

type Outcome = { ok: true; reply: string } | { ok: false; error: ErrorInfo };
const failure: Outcome = { ok: false, error: { kind: 'databaseLocked', params: {} } };
const reply = (text: string): Outcome => ({ ok: true, reply: text });

/** Questions that are answered when the test says so. */
function slow() {
  const waiting: ((outcome: Outcome) => void)[] = [];
  const answer = new Answer<string>(() => new Promise((resolve) => waiting.push(resolve)));
  return { answer, waiting };
}

describe('an answer', () => {
  it('is neither here nor failed before it has come', async () => {
    const { answer, waiting } = slow();
    const asked = answer.ask();
    expect([answer.value, answer.error]).toEqual([null, null]);
    waiting[0]!(reply('here'));
    await asked;
    expect([answer.value, answer.error]).toEqual(['here', null]);
  });

  it('stays while it is asked for anew, and goes when it cannot be had any more', async () => {
    const { answer, waiting } = slow();
    answer.take('here');
    const asked = answer.ask();
    expect(answer.value).toBe('here');
    waiting[0]!(failure);
    await asked;
    expect(answer.value).toBeNull();
    expect(answer.error?.kind).toBe('databaseLocked');
  });

  it('forgets what belongs to another question, and a failure when it is tried again', async () => {
    const { answer, waiting } = slow();
    const first = answer.ask();
    waiting[0]!(failure);
    await first;
    const again = answer.askAnew();
    expect([answer.value, answer.error]).toEqual([null, null]);
    waiting[1]!(reply('at last'));
    await again;
    expect(answer.value).toBe('at last');
  });

  it('drops one that was overtaken', async () => {
    const { answer, waiting } = slow();
    const [old, newer] = [answer.ask(), answer.ask()];
    waiting[1]!(reply('new'));
    waiting[0]!(reply('old'));
    await Promise.all([old, newer]);
    expect(answer.value).toBe('new');
    const late = answer.ask();
    answer.take('changed');
    waiting[2]!(failure);
    await late;
    expect(answer.value).toBe('changed');
  });
});
