import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Costs } from '../../electron/contract/costs.ts';
import type { Inspection } from '../../electron/contract/domain.ts';
import type { Job } from '../../electron/contract/jobs.ts';
import { usualFineTune } from '../../electron/contract/usualSettings.ts';
import { decide, type Thresholds } from '../../electron/contract/verdict.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { giveFeedback } from '../../electron/store/feedback.ts';
import { lastPartNumber, recordInspections, type NewPart } from '../../electron/store/inspections.ts';
import { seededRandom } from '../../native-models/random.ts';
import { newPart, type Line } from '../store/support/station.ts';

export interface ScoredLineOptions {
  readonly count: number;
  /** When the last part came; they come every 20 s. */
  readonly endMs: number;
  readonly thresholds: Thresholds;
  /** Where scores of good parts lie, of the NG threshold; default a half. */
  readonly goodAt?: number;
  /** Share of parts called OK that people judge; most rejects are judged in any case. */
  readonly audited: number;
  /** What else the parts have, e.g. a kept picture. */
  readonly extras?: (number: number) => Partial<NewPart['inspection']>;
}

const everyMs = 20_000;
const defectShare = 0.04;

/**
 * Puts parts on record as a line leaves them: scores of good parts well below the NG threshold, of defective ones
 * around a third above it, and people's words on most rejects and some parts called OK.
 */
export function recordScores(db: WritableDb, line: Line, options: ScoredLineOptions): Inspection[] {
  const { count, endMs, thresholds, goodAt = 0.5, audited, extras } = options;
  const random = seededRandom(11);
  const first = (lastPartNumber(db, line.sourceId) ?? 0) + 1;
  const truths: ('ok' | 'ng')[] = [];
  const parts = Array.from({ length: count }, (_, i) => {
    const isDefective = random.uniform() < defectShare;
    truths.push(isDefective ? 'ng' : 'ok');
    const middle = thresholds.ng * (isDefective ? 1.35 : goodAt);
    const score = middle * Math.exp(0.28 * random.normal());
    return newPart(line, first + i, {
      timeMs: endMs - (count - 1 - i) * everyMs,
      arm: 'main',
      ...{ score, thresholds, verdict: decide(score, thresholds) },
      ...extras?.(i),
    });
  });
  const recorded = recordInspections(db, parts).map(({ inspection }) => inspection);
  recorded.forEach(({ id, verdict }, i) => {
    const share = verdict === 'OK' ? audited : 0.9;
    if (random.uniform() < share) giveFeedback(db, { inspectionId: id, word: truths[i]!, reason: '' }, endMs);
  });
  return recorded;
}

/** Leaves a retraining of a product on disk, by which its costs are stated. */
export async function stateCosts(runsDir: string, productId: number, costs: Costs): Promise<void> {
  const id = 'retrain-1-1';
  const parts = {
    productId,
    records: 'confirmed',
    path: null,
    groupColumn: null,
    groupPattern: null,
  } as const;
  const job: Job = {
    ...{ id, kind: 'retrain', title: 'Costs', productId, stage: 'train', done: 0, total: 0, startedMs: 1 },
    state: 'cancelled',
    retrain: {
      request: { name: 'Costs', parts, settings: { ...usualFineTune, costs }, leftOut: [], compare: [] },
      ...{
        plan: null,
        screening: null,
        current: null,
        epochs: [],
        isPaused: false,
        result: null,
        comparisons: [],
      },
    },
    skipped: [],
  };
  await mkdir(join(runsDir, id), { recursive: true });
  await writeFile(join(runsDir, id, 'run.json'), JSON.stringify(job));
}
