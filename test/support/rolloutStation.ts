import { join } from 'node:path';
import type { Inspection } from '../../electron/contract/domain.ts';
import { KenroError } from '../../electron/contract/errors.ts';
import { everything } from '../../electron/contract/history.ts';
import {
  planOf,
  type Rollout,
  type RolloutPlan,
  type RolloutStatus,
} from '../../electron/contract/rollout.ts';
import { weighRollout } from '../../electron/engine/calls/weighRollout.ts';
import type { Verdict } from '../../electron/contract/verdict.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { openStore } from '../../electron/store/open.ts';
import { numberedPartKey } from '../../electron/store/partKey.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { newModel } from '../store/support/station.ts';
import { fakeScore } from './fakeEngine.ts';
import { addSignedModel } from './signedModel.ts';
import { temporaryFolder } from './temporaryFolder.ts';
import {
  sha256,
  testStarter,
  testStation,
  withCards,
  type TestStation,
  type TestStationOptions,
} from './testStation.ts';

/** By the fake engine, a part's score is uniform in [0, 1); from here on it is truly defective. */
export const defectiveFrom = 0.9;
/** The model in use calls NG from 0.7 on: two thirds of its rejects are false alarms. */
export const candidateThresholds = { review: defectiveFrom, ng: defectiveFrom };

export interface RolloutStation extends TestStation {
  productId: number;
  currentId: number;
  candidateId: number;
  /** A person of quality assurance. */
  password: string;
}

export const candidateSha = sha256('the candidate');

/** A data folder whose disc line has a second model. */
export async function rolloutData(starterDir: string, thresholds = candidateThresholds): Promise<string> {
  const dataDir = join(await temporaryFolder(), 'data');
  const first = await testStation({ starterDir, dataDir, prepare: withCards });
  await first.station.stop();
  const { db } = await openStore(dataPaths(dataDir), { clock: systemClock, app: '1.2.3' });
  await addSignedModel(db, dataDir, { ...newModel(1, 'candidate'), sha256: candidateSha, thresholds });
  db.close();
  return dataDir;
}

/** A station whose disc line runs faster than people speak, but not much, and has a candidate. */
export async function rolloutStation(
  options: Pick<TestStationOptions, 'dataDir' | 'prepare' | 'clock'> = {},
): Promise<RolloutStation> {
  const starterDir = await testStarter();
  const dataDir = options.dataDir ?? (await rolloutData(starterDir));
  const station = await testStation({
    starterDir,
    dataDir,
    ...(options.clock ? { clock: options.clock } : {}),
    prepare: (engines) => {
      withCards(engines);
      engines.inspect.handle('weighRollout', weighRollout);
      options.prepare?.(engines);
    },
  });
  const { models, sources } = await station.call('station.snapshot', {});
  const line = sources.find(({ productId }) => productId === 1)!;
  if (line.config.kind === 'demo') {
    await station.call('source.change', { id: line.id, config: { ...line.config, intervalMs: 10 } });
  }
  // Every part called OK may be looked at.
  await station.call('review.setSampling', { productId: 1, perTenThousand: 10_000 });
  const password = 'correct horse';
  return Object.assign(station, {
    productId: 1,
    currentId: 1,
    candidateId: models.find(({ sha256: hash }) => hash === candidateSha)!.id,
    password,
  });
}

/** Makes the person who signs. */
export async function addQa(station: RolloutStation): Promise<void> {
  await station.call('people.makeFirstAdmin', {
    name: 'Kei',
    secretKind: 'password',
    secret: station.password,
  });
}

/** So short that a test sees every phase. The model in use rejects half of all parts already. */
export function quickPlan(change: Partial<RolloutPlan> = {}): RolloutPlan {
  return { ...planOf.demo, sourceIds: [1], guardAlpha: 0.001, rejectRatio: 1.2, ...change };
}

/** Plans and begins a rollout. */
export async function begin(station: RolloutStation, plan: RolloutPlan = quickPlan()): Promise<Rollout> {
  const { productId, candidateId } = station;
  const { id } = await station.call('rollout.draft', {
    productId,
    candidateModelId: candidateId,
    template: 'demo',
  });
  await station.call('rollout.plan', { id, plan });
  return station.call('rollout.begin', { id });
}

/** Says the truth on the rejects that nobody has spoken about, and on some of the parts called OK. */
export async function sayTruth(station: RolloutStation): Promise<void> {
  for (const { id, origin } of await silentParts(station)) {
    const word = truthOf(origin) ? 'ng' : 'ok';
    await station.call('feedback.give', { inspectionId: id, word, reason: '' });
  }
}

/** Whether a part of the disc line is defective. */
export function truthOf(origin: string): boolean {
  return fakeScore(numberedPartKey(1, Number(origin))) >= defectiveFrom;
}

async function silentParts(station: RolloutStation): Promise<Inspection[]> {
  const silent = async (verdicts: Verdict[], limit: number) => {
    const filter = { ...everything, productId: 1, human: 'none' as const, verdicts };
    return (await station.call('history.page', { filter, before: null, after: null, limit })).rows;
  };
  return [...(await silent(['NG', 'REVIEW'], 500)), ...(await silent(['OK'], 20))];
}

/** On a computer that does other things besides. */
export const patient = { timeout: 90_000, interval: 50 };

/** Says the truth until a rollout stands so. */
export async function until(
  station: RolloutStation,
  id: number,
  isReached: (status: RolloutStatus) => boolean,
): Promise<RolloutStatus> {
  let status = await station.call('rollout.status', { id });
  const ends = Date.now() + patient.timeout;
  while (!isReached(status)) {
    if (Date.now() > ends) throw new Error(`Not reached: ${missing(status)}`);
    await sayTruth(station);
    await new Promise((resolve) => setTimeout(resolve, patient.interval));
    status = await station.call('rollout.status', { id });
  }
  return status;
}

/** For the message of a test that fails: what is open and how far it is. */
const missing = ({ rollout, gates, guards, figures }: RolloutStatus) =>
  JSON.stringify([
    rollout.state,
    rollout.step,
    gates.filter(({ state }) => state !== 'met'),
    guards,
    figures,
  ]);

export const areMet = ({ gates }: RolloutStatus) => gates.every(({ state }) => state === 'met');

export function sign(
  station: RolloutStation,
  { id }: Rollout,
  password = station.password,
): Promise<Rollout> {
  return station.call('rollout.promote', { id, signature: { password, reason: 'the gates are passed' } });
}

/** Signs as soon as the gates are passed; a reject that nobody has spoken about yet may open one again meanwhile. */
export async function signWhenMet(station: RolloutStation, rollout: Rollout): Promise<Rollout> {
  for (;;) {
    await until(station, rollout.id, areMet);
    try {
      return await sign(station, rollout);
    } catch (thrown) {
      if (!(thrown instanceof KenroError) || thrown.kind !== 'gatesOpen') throw thrown;
    }
  }
}
