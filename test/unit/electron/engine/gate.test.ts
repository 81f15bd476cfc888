import { describe, expect, it } from 'vitest';
import { gate } from '../../../../electron/engine/gate.ts';

const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('gate', () => {
  it('holds what comes while it is closed, and lets it all go on', async () => {
    const tested = gate();
    const { signal } = new AbortController();
    await tested.pass(signal);
    tested.set(true);
    tested.set(true);
    let passed = 0;
    for (let i = 0; i < 3; i++) void tested.pass(signal).then(() => passed++);
    await soon();
    expect(passed).toBe(0);
    tested.set(false);
    await soon();
    expect(passed).toBe(3);
  });

  it('lets aborted work pass, so that it can end', async () => {
    const tested = gate();
    tested.set(true);
    const abort = new AbortController();
    const passing = tested.pass(abort.signal);
    abort.abort();
    await passing;
  });
});
