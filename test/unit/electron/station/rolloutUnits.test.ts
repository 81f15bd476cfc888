import { expect, test } from 'vitest';
import { everything } from '../../../../electron/contract/history.ts';
import type { Inspection } from '../../../../electron/contract/domain.ts';
import type { Rollout, RolloutPlan } from '../../../../electron/contract/rollout.ts';
import { systemClock, type Clock } from '../../../../electron/platform/clock.ts';
import { dataPaths } from '../../../../electron/platform/paths.ts';
import { assign } from '../../../../electron/rollout/arms.ts';
import { recordMove } from '../../../../electron/rollout/moves.ts';
import { listModels } from '../../../../electron/store/models.ts';
import { openStore } from '../../../../electron/store/open.ts';
import { addRollout } from '../../../../electron/store/rollouts.ts';
import {
  candidateSha,
  patient,
  quickPlan,
  rolloutData,
  rolloutStation,
  type RolloutStation,
} from '../../../support/rolloutStation.ts';
import { testStarter } from '../../../support/testStation.ts';

const minuteMs = 60_000;
/** So many lots or blocks leave no arm without one but once in 2,000 salts; the salt is given. */
const units = 12;
const partsOfUnit = 8;

/** A data folder with a limited rollout under way at half of the units; no guard of it trips. */
async function limitedData(unit: RolloutPlan['unit']): Promise<{ dataDir: string; rollout: Rollout }> {
  const dataDir = await rolloutData(await testStarter());
  const { db } = await openStore(dataPaths(dataDir), { clock: systemClock, app: '1.2.3' });
  const candidate = listModels(db).find(({ sha256 }) => sha256 === candidateSha)!;
  const plan = quickPlan({ unit, blockMinutes: 1, shares: [0.5], rejectRatio: 20, guardAlpha: 0.0001 });
  const models = { currentModelId: 1, candidateModelId: candidate.id };
  const nowMs = systemClock.nowMs();
  const drafted = addRollout(db, { productId: 1, ...models, salt: 'a5b6', plan }, nowMs);
  const by = { actor: 'Kei', reason: '' };
  const verifying = recordMove(db, drafted, { state: 'verification', step: 0 }, by, nowMs);
  const rollout = recordMove(db, verifying, { state: 'limited', step: 0 }, by, nowMs);
  db.close();
  return { dataDir, rollout };
}

/** Newest first, of the rollout. */
async function parts(station: RolloutStation): Promise<Inspection[]> {
  const filter = { ...everything, productId: 1 };
  const page = await station.call('history.page', { filter, before: null, after: null, limit: 500 });
  return page.rows.filter(({ arm }) => arm.startsWith('rollout-'));
}

async function more(station: RolloutStation, of: (part: Inspection) => boolean): Promise<void> {
  const before = (await parts(station)).filter(of).length;
  await expect
    .poll(async () => (await parts(station)).filter(of).length, patient)
    .toBeGreaterThanOrEqual(before + partsOfUnit);
}

/** Each unit has one arm and one judge, both arms have units, and an auditor comes to the same from the record. */
function expectWhole(
  rollout: Rollout,
  station: RolloutStation,
  recorded: readonly Inspection[],
  unitOf: (part: Inspection) => string,
): void {
  const byUnit = Map.groupBy(recorded, unitOf);
  expect(byUnit.size).toBeGreaterThanOrEqual(units);
  for (const [unit, own] of byUnit) {
    expect(new Set(own.map(({ arm }) => arm)).size, unit).toBe(1);
    const { arm, modelId } = own[0]!;
    expect(new Set(own.map((part) => part.modelId)), unit).toEqual(new Set([modelId]));
    expect(modelId, unit).toBe(arm.includes('candidate') ? station.candidateId : station.currentId);
  }
  expect(new Set(recorded.map(({ arm }) => arm)).size).toBe(2);
  for (const { arm, sourceId, serial, origin, lot, timeMs } of recorded) {
    expect(assign(rollout, { sourceId, serial, origin, lot, timeMs }).arm).toBe(arm);
  }
}

test('all parts of a lot have the same judge, also where Kenro is started anew in its midst', async () => {
  const { dataDir, rollout } = await limitedData('lot');
  let station = await rolloutStation({ dataDir });
  for (let number = 0; number < units; number++) {
    const lot = `LOT-${number}`;
    await station.call('settings.change', { lot });
    await more(station, (part) => part.lot === lot);
    if (number % 4 !== 3) continue;
    await station.station.stop();
    station = await rolloutStation({ dataDir });
    await more(station, (part) => part.lot === lot);
  }
  const recorded = (await parts(station)).filter(({ lot }) => lot !== '');
  expect((await station.call('rollout.status', { id: rollout.id })).rollout.state).toBe('limited');
  expectWhole(rollout, station, recorded, ({ lot }) => lot);
}, 200_000);

test('all parts of a block of time have the same judge, also where Kenro is started anew in its midst', async () => {
  const { dataDir, rollout } = await limitedData('block');
  // At the beginning of a minute, so that a start fits into it.
  let aheadMs = minuteMs - (systemClock.nowMs() % minuteMs);
  const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs };
  const blockOf = ({ sourceId, timeMs }: Pick<Inspection, 'sourceId' | 'timeMs'>) =>
    `${sourceId}/${Math.floor(timeMs / minuteMs)}`;
  const begin = () => {
    aheadMs += minuteMs - (clock.nowMs() % minuteMs);
    return Math.floor(clock.nowMs() / minuteMs);
  };
  let station = await rolloutStation({ dataDir, clock });
  for (let number = 0; number < units; number++) {
    const block = begin();
    const isOfBlock = (part: Inspection) => Math.floor(part.timeMs / minuteMs) === block;
    await more(station, isOfBlock);
    if (number % 4 !== 3) continue;
    await station.station.stop();
    station = await rolloutStation({ dataDir, clock });
    await more(station, isOfBlock);
  }
  const recorded = await parts(station);
  expect((await station.call('rollout.status', { id: rollout.id })).rollout.state).toBe('limited');
  expectWhole(rollout, station, recorded, blockOf);
}, 200_000);
