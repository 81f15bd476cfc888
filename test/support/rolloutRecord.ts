import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { planOf, type Rollout } from '../../electron/contract/rollout.ts';
import type { Verdict } from '../../electron/contract/verdict.ts';
import { weighRollout } from '../../electron/engine/calls/weighRollout.ts';
import { keepPicture } from '../../electron/engine/keptPictures.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { armNames } from '../../electron/rollout/arms.ts';
import { recordMove } from '../../electron/rollout/moves.ts';
import { rolloutStatus, type StatusOptions } from '../../electron/rollout/status.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { giveFeedback } from '../../electron/store/feedback.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { activateModel, addModel } from '../../electron/store/models.ts';
import { openStore } from '../../electron/store/open.ts';
import { addRollout } from '../../electron/store/rollouts.ts';
import { recordShadows } from '../../electron/store/shadows.ts';
import { seededRandom } from '../../native-models/random.ts';
import { addLine, newModel, newPart, type Line } from '../store/support/station.ts';
import { tilePictures } from './realStarter.ts';

const hourMs = 3_600_000;
/** Parts in each phase, and how many hours it lasts. */
const phases = { parts: 400, hours: 10 };
/** What the two models do to good parts: the new one raises fewer false alarms. */
const falseAlarms = { current: 0.12, candidate: 0.02 };
const defectRate = 0.05;

/**
 * A data folder of one paused line with a rollout that went through all phases, signed for by Kei, and was rolled back by
 * a guard two hours ago.
 */
export async function prepareRollout(dataDir: string): Promise<void> {
  const paths = dataPaths(dataDir);
  await mkdir(dataDir, { recursive: true });
  const { db } = await openStore(paths, { clock: systemClock, app: 'test' });
  const line = addLine(db, 'タイル Tile');
  activateModel(db, line.modelId);
  db.exec('UPDATE sources SET paused = 1');
  const hashes = await keepPictures(paths.images);
  const endMs = systemClock.nowMs() - 2 * hourMs;
  const beganMs = endMs - 3 * phases.hours * hourMs;
  const at = (phase: number) => beganMs + phase * phases.hours * hourMs;

  const writer = new Writer(db, line, hashes);
  const begun = recordMove(db, drafted(db, line, beganMs), { state: 'verification', step: 0 }, kei, beganMs);
  writer.verification(begun, at(0));
  const limited = await signed(db, begun, { state: 'limited', step: 0 }, at(1));
  writer.limited(limited, at(1));
  const raised = recordMove(db, limited, { state: 'limited', step: 1 }, byItself, at(1.5));
  writer.limited(raised, at(1.5));
  const full = await signed(db, raised, { state: 'full', step: 1 }, at(2));
  writer.full(full, at(2));
  recordMove(db, full, { state: 'rolledBack', step: 1 }, { ...byItself, guard: 'rejects' }, endMs);
  db.close();
}

const kei = { actor: 'Kei', reason: '条件をすべて満たした' };
const byItself = { actor: 'station', reason: '' };

async function keepPictures(imagesDir: string): Promise<string[]> {
  const pictures = await tilePictures(12);
  const hashes: string[] = [];
  for (const bytes of pictures) {
    const hash = createHash('sha256').update(bytes).digest('hex');
    await keepPicture(imagesDir, { bytes, hash, extension: 'png' });
    hashes.push(hash);
  }
  return hashes;
}

function drafted(db: WritableDb, { productId, sourceId, modelId }: Line, nowMs: number): Rollout {
  const made = { ...newModel(productId, '再学習 11月'), sha256: 'ef'.repeat(32) };
  const candidate = addModel(db, made, nowMs);
  const plan = { ...planOf.demo, sourceIds: [sourceId], shares: [0.3, 0.6] };
  const models = { currentModelId: modelId, candidateModelId: candidate.id };
  return addRollout(db, { productId, ...models, salt: 'a5', plan }, nowMs);
}

/** With the status that was signed for. */
async function signed(
  db: WritableDb,
  from: Rollout,
  to: Pick<Rollout, 'state' | 'step'>,
  nowMs: number,
): Promise<Rollout> {
  const options: StatusOptions = {
    ...{ db, robustness: async () => null },
    weigh: async (job) => weighRollout(job),
  };
  const { rollout: found, ...status } = await rolloutStatus(options, from, nowMs);
  return recordMove(db, found, to, { ...kei, status }, nowMs);
}

/** Puts parts of the phases on record, each with a human's word where it was rejected. */
class Writer {
  readonly #db: WritableDb;
  readonly #line: Line;
  readonly #hashes: readonly string[];
  readonly #random = seededRandom(6);
  #number = 0;

  constructor(db: WritableDb, line: Line, hashes: readonly string[]) {
    this.#db = db;
    this.#line = line;
    this.#hashes = hashes;
  }

  verification({ id }: Rollout, fromMs: number): void {
    const thresholds = { review: 0.5, ng: 0.6 };
    for (let i = 0; i < phases.parts; i++) {
      const isDefective = this.#random.uniform() < defectRate;
      const shadow = this.#verdict('candidate', isDefective);
      const inspectionId = this.#record(armNames(id).shadow, 'current', isDefective, fromMs, i);
      const score = shadow === 'NG' ? 0.72 : 0.31;
      recordShadows(this.#db, [
        {
          ...{ inspectionId, rolloutId: id, verdict: shadow, score, thresholds, label: null },
          ...{ reason: null, timeMs: 24, imageKept: true, map: null },
        },
      ]);
    }
  }

  /** Half of the phase. */
  limited({ id, step, plan }: Rollout, fromMs: number): void {
    const arms = armNames(id);
    for (let i = 0; i < phases.parts / 2; i++) {
      const isCandidates = this.#random.uniform() < plan.shares[step]!;
      const isDefective = this.#random.uniform() < defectRate;
      const model = isCandidates ? 'candidate' : 'current';
      this.#record(arms[model](step), model, isDefective, fromMs, i);
    }
  }

  full({ id }: Rollout, fromMs: number): void {
    for (let i = 0; i < phases.parts; i++) {
      this.#record(armNames(id).full, 'candidate', this.#random.uniform() < defectRate, fromMs, i);
    }
  }

  #verdict(model: keyof typeof falseAlarms, isDefective: boolean): Verdict {
    return isDefective || this.#random.uniform() < falseAlarms[model] ? 'NG' : 'OK';
  }

  #record(
    arm: string,
    model: keyof typeof falseAlarms,
    isDefective: boolean,
    fromMs: number,
    index: number,
  ): number {
    const number = this.#number++;
    const verdict = this.#verdict(model, isDefective);
    const timeMs = fromMs + Math.floor((index * phases.hours * hourMs) / phases.parts);
    const part = newPart(this.#line, number, {
      ...{ arm, verdict, timeMs, imageKept: true, serial: `T-${1000 + number}` },
      ...{ score: verdict === 'NG' ? 0.66 : 0.28, imageHash: this.#hashes[number % this.#hashes.length]! },
    });
    const [recorded] = recordInspections(this.#db, [part]);
    const { id } = recorded!.inspection;
    const isLookedAt = verdict === 'NG' || number % 2 === 0;
    const word = isDefective ? 'ng' : 'ok';
    if (isLookedAt) giveFeedback(this.#db, { inspectionId: id, word, reason: '' }, timeMs + 1000);
    return id;
  }
}
