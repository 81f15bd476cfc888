import { afterEach, beforeEach, expect, it } from 'vitest';
import { planOf, type Rollout } from '../../electron/contract/rollout.ts';
import type { Verdict } from '../../electron/contract/verdict.ts';
import { recordMove } from '../../electron/rollout/moves.ts';
import { connectWritable } from '../../electron/store/connect.ts';
import { addShare } from '../../electron/store/auditShares.ts';
import { giveFeedback } from '../../electron/store/feedback.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { activateModel, addModel } from '../../electron/store/models.ts';
import type { Store } from '../../electron/store/open.ts';
import { countOpenDisagreements, openDisagreements } from '../../electron/store/openDisagreements.ts';
import { reviewLeft, reviewQueue } from '../../electron/store/reviewQueue.ts';
import { addRollout } from '../../electron/store/rollouts.ts';
import { recordShadows } from '../../electron/store/shadows.ts';
import {
  addLine,
  newModel,
  newPart,
  openForTest,
  startMs,
  temporaryPaths,
  type Line,
} from './support/station.ts';
import { planOf as queryPlan, queriesOf } from './support/queries.ts';

const folder = temporaryPaths();
let db: Store['db'];
let line: Line;
let rollout: Rollout;
let shareId: number;

beforeEach(async () => {
  ({ db } = await openForTest(folder.paths));
  line = addLine(db, 'disc');
  activateModel(db, line.modelId);
  const { productId, sourceId, modelId } = line;
  const candidate = addModel(db, newModel(productId, 'candidate'), startMs);
  const plan = { ...planOf.demo, sourceIds: [sourceId] };
  const models = { currentModelId: modelId, candidateModelId: candidate.id };
  const drafted = addRollout(db, { productId, ...models, salt: 'a5', plan }, startMs);
  const by = { actor: 'Kei', reason: 'as planned' };
  rollout = recordMove(db, drafted, { state: 'verification', step: 0 }, by, startMs);
  shareId = addShare(db, { productId, fromMs: startMs, perTenThousand: 100, salt: 's' }).id;
});
afterEach(() => {
  db.close();
  folder.remove();
});

function judged(number: number, decided: Verdict, shadow: Verdict, isDrawn = false): number {
  const part = newPart(line, number, { verdict: decided });
  const [recorded] = recordInspections(db, [{ ...part, auditShareId: isDrawn ? shareId : null }]);
  const { id } = recorded!.inspection;
  const thresholds = { review: 0.5, ng: 0.6 };
  recordShadows(db, [
    {
      ...{ inspectionId: id, rolloutId: rollout.id, verdict: shadow, score: 0.4, thresholds, label: null },
      ...{ reason: null, timeMs: 12, imageKept: true, map: null },
    },
  ]);
  return id;
}

const everyPart = { productId: null, fromMs: null };
const queue = (before: number | null = null, limit = 50) =>
  reviewQueue(db, { ...everyPart, reason: null, before, limit }).rows.map(({ inspection, reason }) => [
    inspection.id,
    reason,
  ]);

it('puts parts that only the candidate rejects into the queue, each part once', () => {
  const both = judged(1, 'OK', 'OK');
  const missed = judged(2, 'OK', 'NG');
  const drawn = judged(3, 'OK', 'NG', true);
  const alarm = judged(4, 'NG', 'OK');
  const doubtful = judged(5, 'OK', 'REVIEW');
  expect(queue()).toEqual([
    [doubtful, 'disagreement'],
    [alarm, 'reject'],
    [drawn, 'audit'],
    [missed, 'disagreement'],
  ]);
  expect(reviewLeft(db, everyPart)).toEqual({ reject: 1, review: 0, audit: 1, disagreement: 2 });
  expect(queue(drawn, 1)).toEqual([[missed, 'disagreement']]);
  expect(both).not.toBe(missed);
});

it('lets them go once somebody has judged them, and when the rollout is over', () => {
  const first = judged(1, 'OK', 'NG');
  const second = judged(2, 'OK', 'NG');
  giveFeedback(db, { inspectionId: first, word: 'ok', reason: '' }, startMs);
  expect(queue()).toEqual([[second, 'disagreement']]);
  const by = { actor: 'Kei', reason: 'enough' };
  recordMove(db, rollout, { state: 'rolledBack', step: 0 }, by, startMs + 1);
  expect(queue()).toEqual([]);
});

const readsAll = /SCAN (inspections|shadow_verdicts|audit_sample)/;

it('leaps to what differs: parts on which both agree are not read', () => {
  for (let number = 1; number <= 20; number++) judged(number, 'OK', number % 5 === 0 ? 'NG' : 'OK');
  const fresh = connectWritable(folder.paths.database);
  const everything = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const queries = queriesOf(fresh, () => {
    openDisagreements(fresh, {}, everything, null, 3);
    openDisagreements(fresh, { productId: 1 }, everything, { timeMs: startMs, id: 3 }, 3);
    countOpenDisagreements(fresh, {}, everything);
  }).filter((sql) => sql.includes('shadow_verdicts'));
  const plans = queries.map((sql) => queryPlan(fresh, sql));
  const careless = queryPlan(fresh, 'SELECT * FROM shadow_verdicts WHERE decided = ? AND verdict = ?');
  fresh.close();
  expect(plans.length).toBeGreaterThanOrEqual(2);
  for (const plan of plans) {
    expect(plan).toMatch(
      /SEARCH shadow_verdicts USING COVERING INDEX shadow_verdicts_by_rollout \(rollout_id=\? AND decided=\? AND verdict=\?/,
    );
    expect(plan).toMatch(/SEARCH inspections USING INTEGER PRIMARY KEY/);
    expect(plan).not.toMatch(readsAll);
  }
  // The test itself notices one that does.
  expect(careless).toMatch(readsAll);
});
