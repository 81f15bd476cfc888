import { afterEach, beforeEach, expect, it } from 'vitest';
import { planOf, type Rollout } from '../../../../electron/contract/rollout.ts';
import { armNames } from '../../../../electron/rollout/arms.ts';
import { evidenceTests } from '../../../../electron/rollout/evidenceOverTime.ts';
import { recordMove } from '../../../../electron/rollout/moves.ts';
import { limitedTests } from '../../../../electron/rollout/tests.ts';
import { recordInspections } from '../../../../electron/store/inspections.ts';
import { addModel } from '../../../../electron/store/models.ts';
import type { Store } from '../../../../electron/store/open.ts';
import { armPeriods } from '../../../../electron/store/rolloutCounts.ts';
import { addRollout } from '../../../../electron/store/rollouts.ts';
import {
  addLine,
  newModel,
  newPart,
  openForTest,
  startMs,
  temporaryPaths,
  type Line,
} from '../../../store/support/station.ts';

const minuteMs = 60_000;
const minutes = 90;
const folder = temporaryPaths();
let db: Store['db'];
let line: Line;
let rollout: Rollout;

beforeEach(async () => {
  ({ db } = await openForTest(folder.paths));
  line = addLine(db, 'disc');
  const candidate = addModel(db, newModel(line.productId, 'candidate'), startMs);
  const models = { currentModelId: line.modelId, candidateModelId: candidate.id };
  const plan = { ...planOf.demo, sourceIds: [line.sourceId] };
  const drafted = addRollout(db, { productId: line.productId, ...models, salt: 'a5', plan }, startMs);
  rollout = recordMove(db, drafted, { state: 'limited', step: 0 }, { actor: 'Kei', reason: '' }, startMs);
});
afterEach(() => {
  db.close();
  folder.remove();
});

it('asks over ever more of a limited rollout, at a bounded number of moments, and last over all of it', () => {
  const { current, candidate } = armNames(rollout.id);
  recordInspections(
    db,
    Array.from({ length: minutes }, (_, minute) =>
      newPart(line, minute, {
        ...{ arm: (minute % 2 === 0 ? current : candidate)(0), timeMs: startMs + minute * minuteMs },
        verdict: minute % 3 === 0 ? 'NG' : 'OK',
      }),
    ),
  );
  const endedMs = startMs + minutes * minuteMs;
  const nowMs = endedMs + 5 * minuteMs;
  const moments = evidenceTests(db, rollout, { endedMs, nowMs });
  expect(moments.length).toBeGreaterThan(20);
  expect(moments.length).toBeLessThanOrEqual(61);
  const times = moments.map(({ timeMs }) => timeMs);
  expect(times).toEqual([...new Set(times)].toSorted((one, other) => one - other));
  expect(times.at(-1)).toBe(endedMs);
  const arm = armNames(rollout.id);
  const all = {
    current: armPeriods(db, arm.currents, startMs, nowMs),
    candidate: armPeriods(db, arm.candidates, startMs, nowMs),
    cells: [],
  };
  expect(moments.at(-1)!.tests).toEqual(limitedTests(rollout, all));
  expect(moments[0]!.tests).not.toEqual(moments.at(-1)!.tests);
});

it('asks nothing where there are no parts, and nothing in full production', () => {
  const times = { endedMs: startMs + 1, nowMs: startMs + 1 };
  expect(evidenceTests(db, rollout, times)).toEqual([]);
  expect(evidenceTests(db, { ...rollout, state: 'full' }, times)).toEqual([]);
});
