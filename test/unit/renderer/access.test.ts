import { expect, it } from 'vitest';
import { I18n } from '../../../renderer/src/i18n/i18n.svelte.ts';
import { Access } from '../../../renderer/src/state/access.svelte.ts';
import { pageStates, settled } from './pageStates.ts';

async function access() {
  const states = await pageStates(1);
  let nowMs = 0;
  const i18n = new I18n(() => 'en');
  const own = new Access(states.station, i18n, () => nowMs);
  const secret = { secretKind: 'pin', secret: '482915' } as const;
  return { ...states, access: own, secret, passTime: (ms: number) => (nowMs += ms) };
}

it('lets everybody do everything until there is an administrator', async () => {
  const { access: own } = await access();
  expect(own.hasAdmin).toBe(false);
  expect(own.why('people.add')).toBeNull();
});

it('says which role a call needs, by what it changes', async () => {
  const { access: own, station, secret } = await access();
  await station.call('people.makeFirstAdmin', { name: 'Sato', ...secret });
  expect(own.person?.name).toBe('Sato');
  expect(own.why('people.add')).toBeNull();
  await station.call('people.signOut', {});
  expect(own.person).toBeUndefined();
  expect(own.lacking('model.activate')).toBe('qa');
  expect(own.why('model.activate')).toContain('quality engineer');
  expect(own.lacking('settings.change', { lot: 'L' })).toBeNull();
  expect(own.lacking('settings.change', { lot: 'L', keepOneOkIn: 1 })).toBe('qa');
  expect(own.lacking('feedback.give')).toBeNull();
});

it('says why somebody was signed out', async () => {
  const { fake, station, toasts, secret } = await access();
  await station.call('people.makeFirstAdmin', { name: 'Sato', ...secret });
  fake.emit('session.changed', { personId: null, role: 'operator', ended: 'idle' });
  expect(station.session.personId).toBeNull();
  expect(toasts.items.at(-1)?.text?.key).toBe('people.ended.idle');
});

it('gives a sign of life now and then, and none while nobody is signed in', async () => {
  const { access: own, fake, station, secret, passTime } = await access();
  const told = () => fake.calls.filter(({ name }) => name === 'people.stay').length;
  own.stay();
  expect(told()).toBe(0);
  await station.call('people.makeFirstAdmin', { name: 'Sato', ...secret });
  own.stay();
  own.stay();
  await settled();
  expect(told()).toBe(1);
  passTime(60_000);
  own.stay();
  expect(told()).toBe(2);
});
