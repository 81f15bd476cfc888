import { expect, test } from 'vitest';
import { planOf, type RolloutPlan } from '../../../../electron/contract/rollout.ts';
import { assign, bucketOf, unitOf, type PartToAssign } from '../../../../electron/rollout/arms.ts';

const plan: RolloutPlan = { ...planOf.poc, sourceIds: [1], shares: [0.05, 0.2, 0.5] };
const rollout = { id: 3, plan, salt: 'a5', state: 'limited', step: 1 } as const;
const part = (origin: number, change: Partial<PartToAssign> = {}): PartToAssign => ({
  ...{ sourceId: 1, serial: '', origin: String(origin), lot: '', timeMs: 0 },
  ...change,
});
const numbers = Array.from({ length: 20_000 }, (_, number) => number);

test('a bucket is the first eight bytes of SHA-256 of salt and unit, mod 10,000', () => {
  // printf 'a5:1/7' | sha256sum begins with a553d0cf2e460638.
  expect(bucketOf('a5', '1/7')).toBe(Number(BigInt('0x' + firstBytes) % 10_000n));
});
const firstBytes = 'a553d0cf2e460638';

test('the share of the parts that are the candidate’s is the one of the step, evenly, and independent of the salt', () => {
  const candidates = (salt: string) =>
    numbers.filter((number) => assign({ ...rollout, salt }, part(number)).judge === 'candidate');
  const [one, other] = [candidates('a'), candidates('b')];
  expect(one.length / numbers.length).toBeCloseTo(0.2, 1);
  expect(Math.abs(one.length - 4000)).toBeLessThan(4 * Math.sqrt(20_000 * 0.2 * 0.8));
  const both = one.filter((number) => new Set(other).has(number)).length;
  expect(Math.abs(both - 800)).toBeLessThan(4 * Math.sqrt(800));
});

test('a share that grows keeps every part that was the candidate’s', () => {
  for (const number of numbers.slice(0, 2000)) {
    const judges = plan.shares.map((_, step) => assign({ ...rollout, step }, part(number)).judge);
    const first = judges.indexOf('candidate');
    if (first >= 0) expect(judges.slice(first)).toEqual(judges.slice(first).map(() => 'candidate'));
  }
});

test('serial before origin, the whole lot, or the block of time decides', () => {
  const unit = (change: Partial<RolloutPlan>, given: Partial<PartToAssign>) =>
    unitOf({ ...plan, ...change }, part(7, given));
  expect(unit({ unit: 'part' }, {})).toBe('1/7');
  expect(unit({ unit: 'part' }, { serial: 'S9' })).toBe('S9');
  expect(unit({ unit: 'lot' }, { lot: 'L1', serial: 'S9' })).toBe('L1');
  expect(unit({ unit: 'lot' }, {})).toBe('1/7');
  expect(unit({ unit: 'block', blockMinutes: 10 }, { timeMs: 25 * 60_000 })).toBe('1/2');
});

test('other sources and phases', () => {
  const armOf = (state: 'draft' | 'verification' | 'limited' | 'full' | 'rolledBack', sourceId = 1) =>
    assign({ ...rollout, state }, part(1, { sourceId }));
  const usual = { arm: 'main', judge: 'current', isShadowed: false };
  expect(armOf('draft')).toEqual(usual);
  expect(armOf('rolledBack')).toEqual(usual);
  expect(armOf('verification')).toEqual({ arm: 'rollout-3/shadow', judge: 'current', isShadowed: true });
  expect(armOf('verification', 2)).toEqual(usual);
  expect(armOf('limited', 2)).toEqual(usual);
  expect(armOf('full', 2)).toEqual({ arm: 'rollout-3/full', judge: 'candidate', isShadowed: false });
});
