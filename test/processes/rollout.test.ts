import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import type { Inspection } from '../../electron/contract/domain.ts';
import { everything, type HistoryPage } from '../../electron/contract/history.ts';
import {
  planOf,
  type Rollout,
  type RolloutPlan,
  type RolloutState,
} from '../../electron/contract/rollout.ts';
import type { Verdict } from '../../electron/contract/verdict.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { assign } from '../../electron/rollout/arms.ts';
import { wholeTrail } from '../../electron/contract/audit.ts';
import { pageAudit } from '../../electron/store/audit.ts';
import { verifyAudit } from '../../electron/store/auditCheck.ts';
import { readModel, setModelThresholds } from '../../electron/store/models.ts';
import { openStore } from '../../electron/store/open.ts';
import { readProduct } from '../../electron/store/products.ts';
import { listRollouts, rolloutSteps } from '../../electron/store/rollouts.ts';
import { seededRandom } from '../../native-models/random.ts';
import { realStarter } from '../support/realStarter.ts';
import { addSignedModel } from '../support/signedModel.ts';
import { startStationProcess, type StationProcess } from '../support/stationProcess.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

let starterDir: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kenro-starter-'));
  starterDir = await realStarter(folder);
  return () => rm(folder, { recursive: true, force: true });
});

const patient = { timeout: 90_000, interval: 50 };
/** Product and source of the tile, which has a detector. */
const tile = 2;
const password = 'harbour-wall-7';
const random = seededRandom(11);

/** Passed within seconds by a candidate that raises no false alarm where the model in use raises many. */
const plan: RolloutPlan = {
  ...planOf.demo,
  sourceIds: [tile],
  verification: { parts: 20, days: 0 },
  limited: { parts: 20, days: 0 },
  ...{ coverage: 0, escapeMargin: 0.2, latencyCeilingMs: 60_000 },
};

/** A line with 25 parts a second. Every part is good; the model in use rejects half of them, its candidate none. */
async function prepared(): Promise<{ dataDir: string; candidateId: number; currentId: number }> {
  const dataDir = join(await temporaryFolder(), 'data');
  const first = await startStationProcess(dataDir, starterDir);
  const { sources, products } = await first.call('station.snapshot', {});
  await first.call('source.change', { id: 1, paused: true });
  const { config } = sources.find(({ id }) => id === tile)!;
  if (config.kind !== 'demo') throw new Error('no demo line');
  await first.call('source.change', { id: tile, paused: false, config: { ...config, intervalMs: 40 } });
  const currentId = products.find(({ id }) => id === tile)!.activeModelId!;
  await expect.poll(async () => (await partsOf(first)).length, patient).toBeGreaterThan(20);
  const scores = (await partsOf(first)).flatMap(({ score }) => (score === null ? [] : [score]));
  const middle = scores.toSorted((one, other) => one - other)[Math.floor(scores.length / 2)]!;
  await first.call('review.setSampling', { productId: tile, perTenThousand: 10_000 });
  await first.call('people.makeFirstAdmin', { name: 'Kei', secretKind: 'password', secret: password });
  await first.kill();

  const { db } = await openStore(dataPaths(dataDir), { clock: systemClock, app: '0.0.0' });
  setModelThresholds(db, currentId, { review: middle, ng: middle });
  const never = { review: 1e6, ng: 1e6 };
  const made = { ...readModel(db, currentId), name: 'candidate', thresholds: never };
  const candidate = await addSignedModel(db, dataDir, made);
  db.close();
  return { dataDir, candidateId: candidate.id, currentId };
}

async function start(dataDir: string): Promise<StationProcess> {
  const station = await startStationProcess(dataDir, starterDir);
  const { people } = await station.call('station.snapshot', {});
  await station.call('people.signIn', { id: people[0]!.id, secret: password });
  return station;
}

async function rolloutOf(station: StationProcess): Promise<Rollout> {
  return (await station.call('rollout.list', { productId: tile })).rollouts[0]!;
}

/** Newest first. */
async function partsOf(station: StationProcess): Promise<Inspection[]> {
  const parts: Inspection[] = [];
  for (let before: number | null = null; ;) {
    const filter = { ...everything, productId: tile };
    const page: HistoryPage = await station.call('history.page', { filter, before, after: null, limit: 500 });
    parts.push(...page.rows);
    if (!page.older) return parts;
    before = page.rows.at(-1)!.id;
  }
}

/** Until there are so many more parts. */
async function moreParts(station: StationProcess, count: number): Promise<void> {
  const known = (await partsOf(station)).length;
  await expect
    .poll(async () => (await partsOf(station)).length, patient)
    .toBeGreaterThanOrEqual(known + count);
}

/** What a kill must leave as it is, of the parts up to `lastId`. */
async function account(station: StationProcess, rollout: Rollout, lastId: number) {
  const parts = (await partsOf(station)).filter(({ id }) => id <= lastId);
  const { steps } = await station.call('rollout.steps', { id: rollout.id });
  return { parts: parts.map(({ id, arm, modelId, verdict }) => `${id} ${arm} ${modelId} ${verdict}`), steps };
}

/** Counters of a line at rest. Days go on. */
async function counters(station: StationProcess, { id }: Rollout) {
  const { figures, gates } = await station.call('rollout.status', { id });
  return { figures, gates: gates.filter(({ kind }) => kind !== 'days') };
}

/** Kills the station while parts are judged, and with the line at rest. */
async function survives(dataDir: string, state: RolloutState): Promise<void> {
  let station = await start(dataDir);
  const rollout = await rolloutOf(station);
  expect(rollout.state).toBe(state);
  await moreParts(station, 15);
  await wait(random.integer(200));
  const lastId = (await partsOf(station))[0]!.id;
  const before = await account(station, rollout, lastId);
  await station.kill();

  station = await start(dataDir);
  const after = await rolloutOf(station);
  expect(after.state).toBe(state);
  expect({ salt: after.salt, plan: after.plan }).toEqual({ salt: rollout.salt, plan: rollout.plan });
  const found = await account(station, rollout, lastId);
  expect(found.parts).toEqual(before.parts);
  expect(found.steps.slice(0, before.steps.length)).toEqual(before.steps);
  await moreParts(station, 5);
  await station.call('source.change', { id: tile, paused: true });
  await wait(1_000);

  const parts = await partsOf(station);
  const numbers = parts.map(({ origin }) => Number(origin)).toReversed();
  expect(numbers).toEqual(numbers.map((_, at) => at));
  for (const part of parts.filter(({ arm }) => /current|candidate/.test(arm))) {
    const step = Number(part.arm.at(-1));
    expect(assign({ ...after, state: 'limited', step }, part).arm).toBe(part.arm);
  }
  const counted = await counters(station, rollout);
  await station.kill();
  station = await start(dataDir);
  expect(await counters(station, rollout)).toEqual(counted);
  await station.call('source.change', { id: tile, paused: false });
  await station.kill();
}

/** All rejects were false alarms, and some of the parts called OK have been looked at. */
async function speak(station: StationProcess): Promise<void> {
  const silent = async (verdicts: Verdict[], limit: number) => {
    const filter = { ...everything, productId: tile, human: 'none' as const, verdicts };
    return (await station.call('history.page', { filter, before: null, after: null, limit })).rows;
  };
  for (const { id } of [...(await silent(['NG', 'REVIEW'], 500)), ...(await silent(['OK'], 10))]) {
    await station.call('feedback.give', { inspectionId: id, word: 'ok', reason: '' });
  }
}

/** Kills the station in the middle of a promotion until one has come through. @returns how often it had not yet */
async function promoteUnderKills(dataDir: string, to: RolloutState): Promise<number> {
  for (let failed = 0; ; failed++) {
    const station = await start(dataDir);
    const rollout = await rolloutOf(station);
    if (rollout.state === to) {
      await station.kill();
      return failed;
    }
    await expect
      .poll(async () => {
        await speak(station);
        const { gates } = await station.call('rollout.status', { id: rollout.id });
        return gates.filter(({ state }) => state !== 'met').map(({ kind }) => kind);
      }, patient)
      .toEqual([]);
    const signature = { password, reason: 'the gates are passed' };
    void station.call('rollout.promote', { id: rollout.id, signature }).catch(() => undefined);
    // Signing takes a tenth of a second; later attempts are left more time.
    await wait(60 + 50 * failed + random.integer(40));
    await station.kill();
    await assertWhole(dataDir);
  }
}

/** The rollout, the history of its phases, the model of the product and the audit trail tell the same. */
async function assertWhole(dataDir: string): Promise<void> {
  const { db } = await openStore(dataPaths(dataDir), { clock: systemClock, app: '0.0.0' });
  const [rollout] = listRollouts(db, tile);
  const { id, state, candidateModelId, currentModelId } = rollout!;
  expect(rolloutSteps(db, id).at(-1)!.state).toBe(state);
  const isFull = state === 'full';
  expect(readProduct(db, tile).activeModelId).toBe(isFull ? candidateModelId : currentModelId);
  const promotions = pageAudit(db, null, 100_000, wholeTrail).entries.filter(
    ({ action }) => action === 'rollout.promote',
  );
  const states: RolloutState[] = ['verification', 'limited', 'full', 'rolledBack'];
  expect(promotions.length).toBe(Math.min(2, states.indexOf(state)));
  expect((await verifyAudit(db)).brokenAt).toBeNull();
  db.close();
}

test('is after a kill what it was before, in every phase and in the middle of promotions', async ({
  annotate,
}) => {
  const { dataDir, candidateId, currentId } = await prepared();
  const first = await start(dataDir);
  const drafted = await first.call('rollout.draft', {
    ...{ productId: tile, candidateModelId: candidateId, template: 'demo' },
  });
  await first.call('rollout.plan', { id: drafted.id, plan });
  await first.call('rollout.begin', { id: drafted.id });
  await first.kill();

  await survives(dataDir, 'verification');
  const failed = [await promoteUnderKills(dataDir, 'limited')];
  await survives(dataDir, 'limited');
  failed.push(await promoteUnderKills(dataDir, 'full'));
  await survives(dataDir, 'full');
  await annotate(`promotions cut off before they were on record: ${failed.join(' and ')}`);

  const last = await start(dataDir);
  const startMs = performance.now();
  await last.call('rollout.back', { id: drafted.id, reason: 'seen enough' });
  await annotate(`one click back: ${(performance.now() - startMs).toFixed(1)} ms`);
  await last.kill();
  const { db } = await openStore(dataPaths(dataDir), { clock: systemClock, app: '0.0.0' });
  expect(readProduct(db, tile).activeModelId).toBe(currentId);
  db.close();
}, 600_000);
