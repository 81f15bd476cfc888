import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KenroError } from '../../../../electron/contract/errors.ts';
import type { ReportData } from '../../../../electron/contract/report.ts';
import { planOf, type Rollout } from '../../../../electron/contract/rollout.ts';
import { evaluationReport } from '../../../../electron/report/evaluation/evaluationReport.ts';
import { RolloutRobustness } from '../../../../electron/station/rolloutRobustness.ts';
import type { WritableDb } from '../../../../electron/store/db.ts';
import { addModel, setModelThresholds } from '../../../../electron/store/models.ts';
import { addRollout } from '../../../../electron/store/rollouts.ts';
import { measuredModels, settings } from '../../../support/evaluations.ts';
import { addLine, newModel, openForTest, startMs, temporaryPaths } from '../../../store/support/station.ts';

const hashes = { current: 'ab'.repeat(32), candidate: 'ef'.repeat(32) };
const pair = { review: 0.5, ng: 0.6 };
const run = 'retrain-1-1';

const folder = temporaryPaths();
let db: WritableDb;
let rollout: Rollout;
let nowMs: number;
/** By id; the newest is not the last. */
let kept: Record<string, ReportData | Error>;
let reads: string[];

beforeEach(async () => {
  ({ db } = await openForTest(folder.paths));
  const { productId, sourceId, modelId } = addLine(db, 'disc');
  const made = newModel(productId, 'candidate');
  const tuned = { from: 'disc model', fromSha256: hashes.current, run, layers: ['a'], parameters: 3 };
  const candidate = addModel(
    db,
    { ...made, sha256: hashes.candidate, origin: { ...made.origin, tuned } },
    startMs,
  );
  const models = { currentModelId: modelId, candidateModelId: candidate.id };
  const plan = { ...planOf.poc, sourceIds: [sourceId] };
  rollout = addRollout(db, { productId, ...models, salt: 'a5', plan }, startMs);
  nowMs = startMs;
  kept = {};
  reads = [];
});
afterEach(() => {
  db.close();
  folder.remove();
});

interface Measured {
  /** Of what the second model costs more than the first. */
  readonly interval?: [number, number];
  readonly madeAtMs?: number;
  readonly hashes?: readonly [string, string];
  readonly thresholds?: { review: number; ng: number };
  /** Limits of the plant that the second breaks. */
  readonly unmet?: number;
}

/** A report on two models, the first of which is in use where nothing else is said. */
function report({
  interval = [-40, -22],
  madeAtMs = startMs,
  hashes: [first, second] = [hashes.current, hashes.candidate],
  thresholds = pair,
  unmet = 0,
}: Measured = {}): ReportData {
  const models = measuredModels().map((measured, at) => ({
    ...measured,
    costs: at === 0 ? [] : [{ difference: -30, interval }],
    evaluation: {
      ...measured.evaluation,
      sha256: at === 0 ? first : second,
      thresholds: at === 0 ? pair : thresholds,
      unmet: Array.from({ length: at === 0 ? 0 : unmet }, () => ceiling),
    },
  }));
  return evaluationReport(models, { madeAtMs, version: '1', settings, leftOut: [] });
}

const ceiling = { ceiling: 'falseAlarmRate', type: null, limit: 0.01, reached: 0.02 } as const;

function gate(): RolloutRobustness {
  const read = async (id: string): Promise<ReportData> => {
    reads.push(id);
    const found = kept[id];
    if (found === undefined) throw new KenroError('notFound', { what: 'report', id });
    if (found instanceof Error) throw found;
    return found;
  };
  const ids = () => Object.keys(kept).filter((id) => id !== run);
  return new RolloutRobustness({
    db,
    nowMs: () => nowMs,
    modelReports: {
      list: async (productId) =>
        ids().map((id) => ({ id, title: `title of ${id}`, productId, madeAtMs: startMs, models: [] })),
      read,
    },
    reporting: { read },
  });
}

const found = () => gate().find(rollout);
const passed = (id: string) => ({ title: `title of ${id}`, passed: true });
const failed = (id: string) => ({ title: `title of ${id}`, passed: false });

describe('a report on both models at the thresholds that they have', () => {
  it('clears a candidate that is not dearer beyond what chance explains', async () => {
    kept = { a: report() };
    expect(await found()).toEqual(passed('a'));
    kept = { a: report({ interval: [-1, 30] }) };
    expect(await found()).toEqual(passed('a'));
  });

  it('holds back one that is dearer, or that breaks more limits of the plant', async () => {
    kept = { a: report({ interval: [0.5, 30] }) };
    expect(await found()).toEqual(failed('a'));
    kept = { a: report({ unmet: 1 }) };
    expect(await found()).toEqual(failed('a'));
  });

  it('is read the other way round where the candidate stands first', async () => {
    const turned = [hashes.candidate, hashes.current] as const;
    kept = { a: report({ hashes: turned, interval: [22, 40] }) };
    expect(await found()).toEqual(passed('a'));
    kept = { a: report({ hashes: turned, interval: [-40, -0.5] }) };
    expect(await found()).toEqual(failed('a'));
  });

  it('gives way to a newer one, whatever either says', async () => {
    kept = { a: report({ interval: [1, 2], madeAtMs: startMs + 5 }), b: report({ madeAtMs: startMs }) };
    expect(await found()).toEqual(failed('a'));
    kept = { a: report({ interval: [1, 2] }), b: report({ madeAtMs: startMs + 5 }) };
    expect(await found()).toEqual(passed('b'));
  });

  it('may be the one of the retraining that made the candidate', async () => {
    kept = { [run]: report() };
    expect(await found()).toEqual({ title: run, passed: true });
  });
});

describe('nothing is said', () => {
  it('without a report, or by one that measures another model or other thresholds', async () => {
    expect(await found()).toBeNull();
    const others: Measured[] = [
      { hashes: [hashes.current, 'cd'.repeat(32)] },
      { hashes: ['cd'.repeat(32), hashes.candidate] },
      { thresholds: { review: 0.5, ng: 0.61 } },
    ];
    for (const other of others) {
      kept = { a: report(other) };
      expect(await found(), JSON.stringify(other)).toBeNull();
    }
  });

  it('any more, once a threshold is another than it was measured at', async () => {
    kept = { a: report() };
    const robustness = gate();
    expect(await robustness.find(rollout)).toEqual(passed('a'));
    setModelThresholds(db, rollout.candidateModelId, { review: 0.4, ng: 0.6 });
    expect(await robustness.find(rollout)).toBeNull();
  });
});

it('a report that cannot be read says nothing and hides no other; a bug is not hidden', async () => {
  kept = { a: new KenroError('reportUnreadable', { path: '/a' }), b: report() };
  expect(await found()).toEqual(passed('b'));
  kept = { a: new TypeError('a bug'), b: report() };
  await expect(found()).rejects.toThrow('a bug');
});

it('a report is read once in half a minute, and again after that: it may have been made anew', async () => {
  kept = { a: report() };
  const robustness = gate();
  await robustness.find(rollout);
  nowMs += 29_000;
  expect(await robustness.find(rollout)).toEqual(passed('a'));
  expect(reads.filter((id) => id === 'a')).toHaveLength(1);
  kept = { a: report({ interval: [1, 2] }) };
  nowMs += 2_000;
  expect(await robustness.find(rollout)).toEqual(failed('a'));
});
