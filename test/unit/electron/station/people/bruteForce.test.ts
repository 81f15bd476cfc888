import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { KenroError } from '../../../../../electron/contract/errors.ts';
import { overallDelay, ownDelay, waitMs } from '../../../../../electron/station/people/delays.ts';
import { handClock } from '../../../../support/shellFixtures.ts';
import { testStation, type TestPage } from '../../../../support/testStation.ts';

const right = 'harbour-wall-7';
const admin = { name: 'Sato', secretKind: 'password', secret: right } as const;
const hourMs = 3_600_000;

async function attempt(page: Pick<TestPage, 'call'>, id: number, secret: string) {
  try {
    await page.call('people.signIn', { id, secret });
    return { kind: 'in' as const, seconds: 0 };
  } catch (thrown) {
    const { kind, params } = thrown as KenroError;
    return { kind, seconds: Number(params['seconds'] ?? 0) };
  }
}

test('the wait doubles up to its longest', () => {
  const waits = [2, 3, 4, 5, 30].map((count) => waitMs({ count, lastMs: 0 }, 0, ownDelay));
  expect(waits).toEqual([0, 5_000, 10_000, 20_000, ownDelay.longestMs]);
  expect(waitMs({ count: 3, lastMs: 0 }, 4_000, ownDelay)).toBe(1_000);
});

test('guessing is slowed, also over restarts, and the right password waits with it', async () => {
  const clock = handClock();
  const first = await testStation({ clock });
  await first.call('people.makeFirstAdmin', admin);
  let station = first;
  let guesses = 0;
  const beginMs = clock.nowMs();
  while (clock.nowMs() - beginMs < hourMs) {
    const { kind, seconds } = await attempt(station, 1, `guess-${guesses}`);
    expect(kind).toBe('wrongPassword');
    guesses += 1;
    if (guesses === 5) {
      await station.station.stop();
      station = await testStation({ dataDir: first.dataDir, clock });
    }
    if (seconds > 0) {
      expect(await attempt(station, 1, right)).toEqual({ kind: 'tooManyAttempts', seconds });
      clock.advance(seconds * 1000);
    }
  }
  // 3 free ones, 5 s to 640 s in 8 doublings, then 900 s each.
  expect(guesses).toBeLessThanOrEqual(13);
  expect(await attempt(station, 1, right)).toMatchObject({ kind: 'in' });
  expect(await attempt(station, 1, 'wrong again')).toEqual({ kind: 'wrongPassword', seconds: 0 });
});

test('one guess on each of many people is slowed too, and soon over', async () => {
  const clock = handClock();
  const station = await testStation({ clock });
  await station.call('people.makeFirstAdmin', admin);
  const ids = [1];
  for (let index = 1; index < overallDelay.free / 2; index++) {
    const person = { name: `P${index}`, role: 'operator', secretKind: 'pin', secret: '482915' } as const;
    ids.push((await station.call('people.add', person)).id);
  }
  const visitor = station.openPage();
  const outcomes = [];
  for (const id of [...ids, ...ids]) outcomes.push(await attempt(visitor, id, 'guess'));
  expect(outcomes.at(-1)).toEqual({ kind: 'wrongPassword', seconds: overallDelay.firstMs / 1000 });
  expect(await attempt(visitor, 1, right)).toMatchObject({ kind: 'tooManyAttempts' });
  clock.advance(overallDelay.longestMs);
  expect(await attempt(visitor, 1, right)).toMatchObject({ kind: 'in' });
});

test('many guesses at once are looked at one by one', async () => {
  const station = await testStation({ clock: handClock() });
  await station.call('people.makeFirstAdmin', admin);
  const visitor = station.openPage();
  const outcomes = await Promise.all(Array.from({ length: 10 }, (_, n) => attempt(visitor, 1, `guess-${n}`)));
  expect(outcomes.filter(({ kind }) => kind === 'wrongPassword')).toHaveLength(ownDelay.free);
});

test('a clock that is set back does not lock anybody out for longer', async () => {
  const clock = handClock();
  clock.advance(10 * hourMs);
  const station = await testStation({ clock });
  await station.call('people.makeFirstAdmin', admin);
  for (let guess = 0; guess < 4; guess++) {
    await attempt(station, 1, `guess-${guess}`);
    if (guess === 2) clock.advance(ownDelay.firstMs);
  }
  clock.advance(-9 * hourMs);
  const { kind, seconds } = await attempt(station, 1, right);
  expect(kind).toBe('tooManyAttempts');
  clock.advance(seconds * 1000);
  expect(await attempt(station, 1, right)).toMatchObject({ kind: 'in' });
});

test('no PIN, password or recovery code is in the data folder, the trail or the log', async () => {
  const station = await testStation({ clock: handClock() });
  const pin = '739104826';
  const reset = 'breakwater-22';
  const wrong = 'lighthouse-keeper-9';
  const { recoveryCode } = await station.call('people.makeFirstAdmin', admin);
  const person = { name: 'Tanaka', role: 'qa', secretKind: 'pin', secret: pin } as const;
  const { id } = await station.call('people.add', person);
  await attempt(station, id, wrong);
  await attempt(station, id, pin);
  const recovery = { id: 1, code: recoveryCode, secretKind: 'password', secret: reset } as const;
  const { recoveryCode: next } = await station.call('people.recover', recovery);
  const { entries } = await station.call('audit.page', { before: null, limit: 500 });
  expect(entries.length).toBeGreaterThan(5);
  await station.station.stop();

  const secrets = [right, pin, reset, wrong, recoveryCode, next];
  const texts = [JSON.stringify(entries), JSON.stringify(station.events), ...station.complaints];
  for (const file of await readdir(station.dataDir, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) texts.push(await readFile(join(file.parentPath, file.name), 'latin1'));
  }
  expect(texts.some((text) => text.includes('SQLite format 3') && text.includes('Tanaka'))).toBe(true);
  for (const secret of secrets) {
    for (const text of texts) expect(text.includes(secret), secret).toBe(false);
  }
});
