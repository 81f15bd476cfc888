import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HumanWord } from '../../electron/contract/domain.ts';
import { planOf, type Rollout } from '../../electron/contract/rollout.ts';
import type { Verdict } from '../../electron/contract/verdict.ts';
import { recordMove } from '../../electron/rollout/moves.ts';
import { wholeTrail } from '../../electron/contract/audit.ts';
import { appendAudit, auditOfRollout, pageAudit } from '../../electron/store/audit.ts';
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
  pairedBlocks,
  pairedCells,
} from '../../electron/store/rolloutCounts.ts';
import {
  addRollout,
  leftBy,
  readRollout,
  refuseInRollout,
  rolloutsSince,
  rolloutSteps,
} from '../../electron/store/rollouts.ts';
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

it('counts both in blocks of parts that follow one another, which add up to all of them', () => {
  expect(pairedBlocks(db, rollout.id, 4)).toEqual([]);
  for (let number = 1; number <= 20; number++) {
    const word = number % 7 === 0 ? 'ok' : null;
    judged(number, number % 7 === 0 ? 'NG' : 'OK', number === 10 ? null : 'OK', word);
  }
  const blocks = pairedBlocks(db, rollout.id, 4);
  expect(blocks.map(({ untilMs }) => (untilMs - startMs) / 1000)).toEqual([5, 10, 15, 20]);
  const partsIn = ({ cells }: (typeof blocks)[number]) => cells.reduce((sum, { parts }) => sum + parts, 0);
  expect(blocks.map(partsIn)).toEqual([5, 4, 5, 5]);
  expect(blocks[1]!.cells).toContainEqual({ decided: 'NG', shadow: 'OK', human: 'ok', parts: 1 });
  const sums = new Map<string, number>();
  for (const { decided, shadow, human, parts } of blocks.flatMap(({ cells }) => cells)) {
    const key = `${decided} ${shadow} ${human}`;
    sums.set(key, (sums.get(key) ?? 0) + parts);
  }
  const all = pairedCells(db, rollout.id);
  expect(sums).toEqual(
    new Map(all.map(({ decided, shadow, human, parts }) => [`${decided} ${shadow} ${human}`, parts])),
  );
  expect(pairedBlocks(db, rollout.id, 100)).toHaveLength(19);
});

it('knows by which step a phase was left, and that a raised share is not leaving', () => {
  const limited = recordMove(db, rollout, { state: 'limited', step: 0 }, by, startMs + 1);
  expect(leftBy(db, rollout.id, 'limited')).toBeUndefined();
  const raised = recordMove(db, limited, { state: 'limited', step: 1 }, by, startMs + 2);
  expect(leftBy(db, rollout.id, 'limited')).toBeUndefined();
  recordMove(db, raised, { state: 'rolledBack', step: 1 }, { ...by, guard: 'escapes' }, startMs + 3);
  expect(leftBy(db, rollout.id, 'limited')).toMatchObject({ guard: 'escapes', timeMs: startMs + 3 });
  expect(leftBy(db, rollout.id, 'verification')).toBeUndefined();
});

it('is among those to be reported while it is under way, and once it has ended', () => {
  const since = (ms: number) => rolloutsSince(db, ms).map(({ id }) => id);
  expect(since(0)).toEqual([]);
  const begun = recordMove(db, rollout, { state: 'verification', step: 0 }, by, startMs + 1);
  expect(since(startMs + 1000)).toEqual([rollout.id]);
  recordMove(db, begun, { state: 'rolledBack', step: 0 }, by, startMs + 2);
  expect(since(startMs + 2)).toEqual([rollout.id]);
  expect(since(startMs + 3)).toEqual([]);
});

it('has its own entries of the audit trail, and those on its models while it lasted', () => {
  const entries = (toMs: number, most = 10) =>
    auditOfRollout(db, {
      ...{ rolloutId: rollout.id, modelIds: [rollout.currentModelId, rollout.candidateModelId] },
      ...{ hashes: ['ab'.repeat(32)], span: { fromMs: startMs, toMs }, most },
    }).map(({ action, detail }) => [action, detail['id'] ?? detail['sha256']]);
  const note = (action: 'model.parity' | 'model.rename' | 'label.give', detail: object, ms: number) =>
    appendAudit(db, { actor: 'Kei', action, detail: { ...detail } }, startMs + ms);
  const moved = recordMove(db, rollout, { state: 'verification', step: 0 }, by, startMs + 1);
  note('model.parity', { sha256: 'ab'.repeat(32) }, 2);
  note('model.parity', { sha256: 'cd'.repeat(32) }, 2);
  note('model.rename', { id: rollout.candidateModelId }, 3);
  note('model.rename', { id: 77 }, 3);
  // Of a part that has the same number.
  note('label.give', { id: rollout.id }, 3);
  recordMove(db, moved, { state: 'rolledBack', step: 0 }, by, startMs + 4);
  note('model.rename', { id: rollout.candidateModelId }, 5);
  const all = [
    ['rollout.begin', rollout.id],
    ['model.parity', 'ab'.repeat(32)],
    ['model.rename', rollout.candidateModelId],
    ['rollout.back', rollout.id],
  ];
  expect(entries(startMs + 5)).toEqual(all);
  expect(entries(startMs + 5, 2)).toEqual(all.slice(2));
  expect(entries(startMs + 3)).toEqual(all.slice(0, 2));
});
