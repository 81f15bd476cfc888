import { describe, expect, it } from 'vitest';
import { filmstripLength } from '../../../renderer/src/state/inspect.svelte.ts';
import { pageStates, settled } from './pageStates.ts';

describe('InspectState', () => {
  it('shows the newest part until one is held, and stays with that one', async () => {
    const { fake, inspect } = await pageStates();
    fake.judge();
    expect(inspect.shown?.id).toBe(401);
    await inspect.hold(395);
    fake.judge(3);
    expect([inspect.shown?.id, inspect.isHeld]).toEqual([395, true]);
    expect(inspect.map).not.toBeNull();
    inspect.live();
    expect(inspect.shown?.id).toBe(404);
  });

  it('keeps a held part on display even after the line has left it far behind', async () => {
    const { fake, inspect } = await pageStates();
    await inspect.hold(399);
    fake.judge(350);
    expect(inspect.shown?.id).toBe(399);
  });

  it('shows the last 24 parts on the filmstrip', async () => {
    const { inspect } = await pageStates();
    expect(inspect.filmstrip.length).toBe(filmstripLength);
    expect(inspect.filmstrip.at(-1)?.id).toBe(400);
  });

  it('records the word on the part on display and takes it back', async () => {
    const { fake, inspect, toasts } = await pageStates();
    await inspect.hold(390);
    await inspect.say('ng');
    expect(inspect.shown?.human).toBe('ng');
    expect(fake.parts[389]?.human).toBe('ng');
    toasts.items.at(-1)?.action?.run();
    await settled();
    expect(fake.parts[389]?.human).toBeNull();
    expect(inspect.canUndo).toBe(false);
  });

  it('takes back the words one after the other, last first', async () => {
    const { fake, inspect } = await pageStates();
    for (const id of [380, 381]) {
      await inspect.hold(id);
      await inspect.say('ok');
    }
    await inspect.undo();
    expect([fake.parts[379]?.human, fake.parts[380]?.human]).toEqual(['ok', null]);
    await inspect.undo();
    expect(fake.parts[379]?.human).toBeNull();
    const calls = fake.calls.length;
    await inspect.undo();
    expect(fake.calls.length).toBe(calls);
  });

  it('holds a reject until the word on it is said, when asked to', async () => {
    const { fake, inspect } = await pageStates();
    fake.judge(1, { verdict: 'OK', score: 0.2 });
    inspect.setHoldRejects(true);
    expect(inspect.isHeld).toBe(false);
    const [reject] = fake.judge(1, { verdict: 'NG', score: 0.9 });
    inspect.follow();
    fake.judge(2, { verdict: 'OK', score: 0.2 });
    inspect.follow();
    expect(inspect.shown?.id).toBe(reject?.id);
    await inspect.say('ok');
    expect(inspect.isHeld).toBe(false);
  });

  it('walks to the neighbours and goes live past the newest', async () => {
    const { inspect } = await pageStates();
    inspect.step(-1);
    await settled();
    expect(inspect.shown?.id).toBe(399);
    inspect.step(1);
    await settled();
    inspect.step(1);
    expect(inspect.isHeld).toBe(false);
  });

  it('says nothing was recorded when the station refuses', async () => {
    const { fake, inspect, toasts } = await pageStates();
    fake.failures.set('feedback.give', { kind: 'diskFull', params: {} });
    await inspect.say('ok');
    expect(toasts.items.at(-1)?.error?.kind).toBe('diskFull');
    expect(inspect.canUndo).toBe(false);
  });
});
