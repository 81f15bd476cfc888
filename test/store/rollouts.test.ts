import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HumanWord } from '../../electron/contract/domain.ts';
import { planOf, type Rollout } from '../../electron/contract/rollout.ts';
import type { Verdict } from '../../electron/contract/verdict.ts';
import { recordMove } from '../../electron/rollout/moves.ts';
import { wholeTrail } from '../../electron/contract/audit.ts';
import { pageAudit } from '../../electron/store/audit.ts';
import { verifyAudit } from '../../electron/store/auditCheck.ts';
import { addShare } from '../../electron/store/auditShares.ts';
import { transaction } from '../../electron/store/db.ts';
import { giveFeedback } from '../../electron/store/feedback.ts';
import { readInspection, recordInspections } from '../../electron/store/inspections.ts';
import { activateModel, addModel } from '../../electron/store/models.ts';
import type { Store } from '../../electron/store/open.ts';
import { readProduct } from '../../electron/store/products.ts';
import {
  armPeriods,
  differingMinutes,
  firstOpenDisagreement,
  pairedCells,
} from '../../electron/store/rolloutCounts.ts';
import { addRollout, readRollout, refuseInRollout, rolloutSteps } from '../../electron/store/rollouts.ts';
import { disagreements, recordShadows } from '../../electron/store/shadows.ts';
import {
  addLine,
  newModel,
  newPart,
  openForTest,
  startMs,
  temporaryPaths,
  type Line,
} from './support/station.ts';

let folder: ReturnType<typeof temporaryPaths>;
let db: Store['db'];
let line: Line;
let rollout: Rollout;

beforeEach(async () => {
  folder = temporaryPaths();
  ({ db } = await openForTest(folder.paths));
  line = addLine(db, 'disc');
  activateModel(db, line.modelId);
  const candidate = addModel(db, newModel(line.productId, 'candidate'), startMs);
  rollout = addRollout(
    db,
    {
      ...{ productId: line.productId, currentModelId: line.modelId, candidateModelId: candidate.id },
      ...{ salt: 'a5', plan: { ...planOf.demo, sourceIds: [line.sourceId] } },
    },
    startMs,
  );
});
afterEach(() => {
  db.close();
  folder.remove();
});

const by = { actor: 'Kei', reason: 'as planned' };

/** A part that the model in use has judged, with the candidate's verdict and a word where there are. */
function judged(
  number: number,
  decided: Verdict,
  shadow: Verdict | null,
  word: HumanWord | null = null,
): number {
  const arm = `rollout-${rollout.id}/shadow`;
  const [recorded] = recordInspections(db, [newPart(line, number, { verdict: decided, arm })]);
  const { id } = recorded!.inspection;
  if (shadow) {
    const thresholds = { review: 0.5, ng: 0.6 };
    const map = { width: 1, height: 1, low: 0, high: 1, data: 'AA==' };
    recordShadows(db, [
      {
        ...{ inspectionId: id, rolloutId: rollout.id, verdict: shadow, score: 0.4, thresholds, label: null },
        ...{ reason: null, timeMs: 12, imageKept: true, map },
      },
    ]);
  }
  if (word) giveFeedback(db, { inspectionId: id, word, reason: '' }, startMs + number * 1000 + 1);
  return id;
}

it('moves together with its history, the model of the product and the audit trail, or not at all', async () => {
  const limited = recordMove(db, rollout, { state: 'limited', step: 1 }, by, startMs);
  const full = recordMove(db, limited, { state: 'full', step: 1 }, by, startMs + 1);
  expect(readProduct(db, line.productId).activeModelId).toBe(rollout.candidateModelId);
  expect(() =>
    transaction(db, () => {
      recordMove(db, full, { state: 'rolledBack', step: 1 }, by, startMs + 2);
      throw new Error('killed here');
    }),
  ).toThrow('killed here');
  expect(readRollout(db, rollout.id).state).toBe('full');
  expect(readProduct(db, line.productId).activeModelId).toBe(rollout.candidateModelId);
  expect(rolloutSteps(db, rollout.id).map(({ state }) => state)).toEqual(['limited', 'full']);

  recordMove(db, full, { state: 'rolledBack', step: 1 }, { ...by, guard: 'rejects' }, startMs + 2);
  expect(readProduct(db, line.productId).activeModelId).toBe(line.modelId);
  expect(rolloutSteps(db, rollout.id).at(-1)).toMatchObject({
    state: 'rolledBack',
    guard: 'rejects',
    actor: 'Kei',
  });
  const actions = pageAudit(db, null, 10, wholeTrail).entries.map(({ action }) => action);
  expect(actions.toReversed()).toEqual([
    ...['rollout.promote', 'rollout.promote', 'model.activate', 'rollout.back', 'model.activate'],
  ]);
  expect((await verifyAudit(db)).brokenAt).toBeNull();
});

it('is moved by one of two who move it at the same time', () => {
  recordMove(db, rollout, { state: 'verification', step: 0 }, by, startMs);
  expect(() => recordMove(db, rollout, { state: 'cancelled', step: 0 }, by, startMs)).toThrow(
    expect.objectContaining({ kind: 'rolloutMoved' }) as Error,
  );
  expect(rolloutSteps(db, rollout.id)).toHaveLength(1);
});

it('keeps its models as they are while they are compared', () => {
  refuseInRollout(db, line.modelId, ['verification', 'limited']);
  recordMove(db, rollout, { state: 'verification', step: 0 }, by, startMs);
  for (const id of [line.modelId, rollout.candidateModelId]) {
    expect(() => refuseInRollout(db, id, ['verification', 'limited'])).toThrow(
      expect.objectContaining({ kind: 'inRollout' }) as Error,
    );
  }
});

it('counts what both say by the human word, and leaves out what has no shadow verdict', () => {
  judged(1, 'OK', 'OK');
  judged(2, 'OK', 'OK');
  judged(3, 'NG', 'OK', 'ok');
  judged(4, 'NG', 'NG', 'ng');
  judged(5, 'OK', 'NG', 'ng');
  const open = judged(6, 'REVIEW', 'OK');
  judged(7, 'NG', null, 'ok');
  judged(8, 'NG', 'OK', 'ok');
  const counted = (cells: ReturnType<typeof pairedCells>) =>
    cells.map(({ decided, shadow, human, parts }) => `${decided} ${shadow} ${human} ${parts}`).toSorted();
  expect(counted(pairedCells(db, rollout.id))).toEqual([
    ...['NG NG ng 1', 'NG OK ok 2', 'OK NG ng 1', 'OK OK null 2', 'REVIEW OK null 1'],
  ]);
  expect(firstOpenDisagreement(db, rollout.id)).toBe(open);
  expect(counted(pairedCells(db, rollout.id, open))).toEqual([
    ...['NG NG ng 1', 'NG OK ok 1', 'OK NG ng 1', 'OK OK null 2'],
  ]);
  const minutes = differingMinutes(db, rollout.id);
  expect(minutes.reduce((sum, { parts }) => sum + parts, 0)).toBe(4);
  expect(new Set(minutes.map(({ startMs: at }) => at))).toEqual(new Set([startMs]));

  const all = { open: false, before: null, limit: 10 };
  expect(disagreements(db, rollout.id, all).map(({ shadow }) => shadow.verdict)).toEqual([
    'OK',
    'OK',
    'NG',
    'OK',
  ]);
  expect(
    disagreements(db, rollout.id, { ...all, open: true }).map(({ inspection }) => inspection.id),
  ).toEqual([open]);
  expect(disagreements(db, rollout.id, { ...all, before: open })).toHaveLength(2);
  expect(disagreements(db, rollout.id, all)[0]!.maps.candidate).toMatchObject({ width: 1, height: 1 });
  expect(readInspection(db, open).imageKept).toBe(true);
});

it('has one shadow verdict a part, the first', () => {
  const id = judged(1, 'OK', 'NG');
  const again = { score: 0.1, thresholds: { review: 0.5, ng: 0.6 }, label: null, reason: null };
  recordShadows(db, [
    {
      inspectionId: id,
      rolloutId: rollout.id,
      verdict: 'OK',
      ...again,
      timeMs: 1,
      imageKept: false,
      map: null,
    },
  ]);
  expect(pairedCells(db, rollout.id)).toMatchObject([{ decided: 'OK', shadow: 'NG', parts: 1 }]);
});

it('takes escapes from the parts that were drawn, where a share is drawn', () => {
  const arm = `rollout-${rollout.id}/current/0`;
  const share = addShare(db, { productId: line.productId, fromMs: startMs, perTenThousand: 5000, salt: 's' });
  const record = (number: number, auditShareId: number | null, word: HumanWord) => {
    const [part] = recordInspections(db, [{ ...newPart(line, number, { arm }), auditShareId }]);
    giveFeedback(db, { inspectionId: part!.inspection.id, word, reason: '' }, startMs);
  };
  record(1, share.id, 'ok');
  record(2, share.id, 'ng');
  record(3, null, 'ng');
  const [period] = armPeriods(db, arm, startMs, startMs);
  expect(period).toMatchObject({ parts: 3, escapes: 1, audited: 2 });
});

it('counts an arm by the hour, and of late by the minute, each part once', () => {
  const arm = `rollout-${rollout.id}/candidate/0`;
  const hourMs = 3_600_000;
  const at = [0, 10_000, hourMs, 2 * hourMs + 5, 2 * hourMs + 70_000];
  at.forEach((ms, number) =>
    recordInspections(db, [
      newPart(line, number, { arm, timeMs: startMs + ms, verdict: number === 4 ? 'NG' : 'OK' }),
    ]),
  );
  const periods = armPeriods(db, `rollout-${rollout.id}/candidate/`, startMs, startMs + 2 * hourMs + 80_000);
  expect(periods.map(({ startMs: from, parts, ng }) => [from - startMs, parts, ng])).toEqual([
    [0, 2, 0],
    [hourMs, 1, 0],
    [2 * hourMs, 1, 0],
    [2 * hourMs + 60_000, 1, 1],
  ]);
});
