import { describe, expect, it, test } from 'vitest';
import type { Role } from '../../../../../electron/contract/people.ts';
import { handClock } from '../../../../support/shellFixtures.ts';
import { testStation, type TestPage, type TestStation } from '../../../../support/testStation.ts';

const pin = { secretKind: 'pin', secret: '482915' } as const;
const password = { secretKind: 'password', secret: 'harbour-wall-7' } as const;
const lotOf = (lot: string) => ({ lot });

/** A station with an administrator, who is signed in at the page that is open from the start. */
async function withAdmin(options: Parameters<typeof testStation>[0] = {}) {
  const station = await testStation(options);
  const { recoveryCode } = await station.call('people.makeFirstAdmin', { name: 'Sato', ...password });
  return { station, recoveryCode };
}

async function addPerson(station: TestStation, name: string, role: Role) {
  const { id } = await station.call('people.add', { name, role, ...pin });
  return id;
}

async function lastEntry(page: Pick<TestPage, 'call'>) {
  const { entries } = await page.call('audit.page', { before: null, limit: 1 });
  return entries[0]!;
}

describe('until there is an administrator', () => {
  it('everything that is possible stays possible, on behalf of the operator', async () => {
    const station = await testStation();
    expect((await station.call('station.snapshot', {})).session).toEqual({ personId: null, role: 'admin' });
    await station.call('product.add', { name: 'Disc' });
    expect(await lastEntry(station)).toMatchObject({ actor: 'operator', action: 'product.add' });
  });

  it('nobody else can be added, so that nobody is locked out', async () => {
    const station = await testStation();
    const given = { name: 'Tanaka', role: 'qa', ...pin } as const;
    await expect(station.call('people.add', given)).rejects.toMatchObject({ kind: 'signInNeeded' });
  });
});

describe('from the first administrator on', () => {
  it('changing needs a sign-in, and watching and the human word do not', async () => {
    const { station } = await withAdmin();
    const visitor = station.openPage();
    await expect(visitor.call('product.add', { name: 'Disc' })).rejects.toMatchObject({
      kind: 'signInNeeded',
      params: { role: 'qa' },
    });
    await visitor.call('history.page', {
      ...{ before: null, after: null, limit: 1 },
      filter: {
        ...{ fromMs: null, toMs: null, productId: null, sourceId: null, modelId: null },
        ...{ verdicts: null, human: null, text: null, label: null },
      },
    });
    await visitor.call('settings.change', lotOf('L1'));
    await expect(visitor.call('settings.change', { keepOneOkIn: 1 })).rejects.toMatchObject({
      params: { role: 'qa' },
    });
    await expect(
      visitor.call('settings.change', { ...lotOf('L1'), signOutAfterMinutes: 1 }),
    ).rejects.toMatchObject({ params: { role: 'admin' } });
  });

  it('there is no second first one', async () => {
    const { station } = await withAdmin();
    const again = station.openPage().call('people.makeFirstAdmin', { name: 'Mallory', ...password });
    await expect(again).rejects.toMatchObject({ kind: 'notAllowed' });
  });

  it('the trail names who is signed in at the page that asked', async () => {
    const { station } = await withAdmin();
    await station.call('product.add', { name: 'Disc' });
    expect(await lastEntry(station)).toMatchObject({ actor: 'Sato', action: 'product.add' });
    await station.openPage().call('settings.change', lotOf('L2'));
    expect(await lastEntry(station)).toMatchObject({
      ...{ actor: 'operator', action: 'settings.change' },
      detail: { lot: 'L2', before: { lot: '' } },
    });
  });

  it('a role that does not reach is told which one is needed', async () => {
    const { station } = await withAdmin();
    const id = await addPerson(station, 'Tanaka', 'supervisor');
    const page = station.openPage();
    expect(await page.call('people.signIn', { id, secret: pin.secret })).toEqual({
      personId: id,
      role: 'supervisor',
    });
    await expect(page.call('product.add', { name: 'Disc' })).rejects.toMatchObject({
      kind: 'roleLacking',
      params: { role: 'qa', own: 'supervisor' },
    });
    await page.call('folder.list', { path: null, files: 'images' });
  });

  it('each page has a sign-in of its own', async () => {
    const { station } = await withAdmin();
    const other = station.openPage();
    expect((await other.call('station.snapshot', {})).session.personId).toBeNull();
    await station.call('people.signOut', {});
    expect((await station.call('station.snapshot', {})).session).toEqual({
      personId: null,
      role: 'operator',
    });
    expect(other.told.filter(({ name }) => name === 'session.changed')).toEqual([]);
  });

  it('it holds after a restart', async () => {
    const { station } = await withAdmin();
    await station.station.stop();
    const again = await testStation({ dataDir: station.dataDir });
    await expect(again.call('product.add', { name: 'Disc' })).rejects.toMatchObject({ kind: 'signInNeeded' });
  });
});

describe('people', () => {
  it('have names that nobody mistakes, and none that the trail uses for what is no person', async () => {
    const { station } = await withAdmin();
    for (const name of ['sato', 'SATO', ' Sato ', 'operator', 'Station']) {
      const adding = station.call('people.add', { name, role: 'qa', ...pin });
      await expect(adding, name).rejects.toMatchObject({ kind: 'conflict' });
    }
  });

  it('lose what they may do at once when their role or access is taken', async () => {
    const { station } = await withAdmin();
    const id = await addPerson(station, 'Tanaka', 'qa');
    const page = station.openPage();
    await page.call('people.signIn', { id, secret: pin.secret });
    await page.call('product.add', { name: 'Disc' });
    await station.call('people.change', { id, role: 'supervisor' });
    await expect(page.call('product.add', { name: 'Tile' })).rejects.toMatchObject({ kind: 'roleLacking' });
    await station.call('people.change', { id, active: false });
    expect(page.told.at(-1)?.payload).toEqual({ personId: null, role: 'operator', ended: 'deactivated' });
    const signIn = page.call('people.signIn', { id, secret: pin.secret });
    await expect(signIn).rejects.toMatchObject({ kind: 'notFound' });
  });

  it('always leave an administrator', async () => {
    const { station } = await withAdmin();
    for (const change of [{ role: 'qa' }, { active: false }] as const) {
      const changing = station.call('people.change', { id: 1, ...change });
      await expect(changing).rejects.toMatchObject({ kind: 'lastAdmin', params: { name: 'Sato' } });
    }
    expect((await station.call('station.snapshot', {})).people).toMatchObject([
      { role: 'admin', active: true },
    ]);
  });

  it('are signed out elsewhere when their PIN or password is another one', async () => {
    const { station } = await withAdmin();
    const id = await addPerson(station, 'Tanaka', 'qa');
    const page = station.openPage();
    await page.call('people.signIn', { id, secret: pin.secret });
    await station.call('people.resetSecret', { id, secretKind: 'pin', secret: '739104' });
    expect(page.told.at(-1)?.payload).toMatchObject({ personId: null, ended: 'secretChanged' });
    await expect(page.call('people.signIn', { id, secret: pin.secret })).rejects.toMatchObject({
      kind: 'wrongPassword',
    });
    await page.call('people.signIn', { id, secret: '739104' });
    await page.call('people.changeOwnSecret', { old: '739104', ...password });
    expect((await page.call('station.snapshot', {})).session.personId).toBe(id);
  });
});

test('somebody who shows no sign of life is signed out', async () => {
  const clock = handClock();
  const { station } = await withAdmin({ clock });
  await station.call('settings.change', { signOutAfterMinutes: 5 });
  clock.advance(4 * 60_000);
  await station.call('people.stay', {});
  clock.advance(4 * 60_000);
  await station.call('product.add', { name: 'Disc' });
  clock.advance(5 * 60_000);
  await expect(station.call('product.add', { name: 'Tile' })).rejects.toMatchObject({ kind: 'signInNeeded' });
  expect(await lastEntry(station)).toMatchObject({
    ...{ actor: 'Sato', action: 'people.signOut' },
    detail: { name: 'Sato', ended: 'idle' },
  });
});

describe('the recovery code', () => {
  const anew = { secretKind: 'password', secret: 'breakwater-22' } as const;

  it('lets an administrator in once, with a new password', async () => {
    const { station, recoveryCode } = await withAdmin();
    const page = station.openPage();
    const code = recoveryCode.toLowerCase();
    const { recoveryCode: next } = await page.call('people.recover', { id: 1, code, ...anew });
    expect(next).not.toBe(recoveryCode);
    expect(await lastEntry(page)).toMatchObject({ action: 'people.signIn', actor: 'Sato' });
    await page.call('product.add', { name: 'Disc' });
    const again = station.openPage().call('people.recover', { id: 1, code, ...anew });
    await expect(again).rejects.toMatchObject({ kind: 'wrongPassword' });
  });

  it('makes nobody an administrator', async () => {
    const { station, recoveryCode: code } = await withAdmin();
    const id = await addPerson(station, 'Tanaka', 'qa');
    const recovering = station.openPage().call('people.recover', { id, code, ...anew });
    await expect(recovering).rejects.toMatchObject({ kind: 'notFound' });
  });
});
