import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wholeTrail } from '../../../../../electron/contract/audit.ts';
import type { LineStop, StopRules } from '../../../../../electron/contract/lineStops.ts';
import type { Verdict } from '../../../../../electron/contract/verdict.ts';
import { LineStops } from '../../../../../electron/station/lineStops/lineStops.ts';
import { pageAudit } from '../../../../../electron/store/audit.ts';
import type { WritableDb } from '../../../../../electron/store/db.ts';
import { giveFeedback } from '../../../../../electron/store/feedback.ts';
import { recordInspections } from '../../../../../electron/store/inspections.ts';
import { acknowledgeStop, muteStop, stopsOf } from '../../../../../electron/store/lineStops.ts';
import { readModel, setModelThresholds } from '../../../../../electron/store/models.ts';
import { listSources } from '../../../../../electron/store/sources.ts';
import { setStopRules } from '../../../../../electron/store/stopRules.ts';
import {
  addLine,
  newPart,
  openForTest,
  startMs,
  temporaryPaths,
  testClock,
  type Line,
} from '../../../../store/support/station.ts';

let folder: ReturnType<typeof temporaryPaths>;
let db: WritableDb;
let line: Line;
let stops: LineStops;
let told: LineStop[][];
let bugs: unknown[];
let count: number;

beforeEach(async () => {
  folder = temporaryPaths();
  ({ db } = await openForTest(folder.paths));
  line = addLine(db, 'disc');
  count = 0;
  open();
});
afterEach(() => {
  db.close();
  folder.remove();
});

/** As a start of the station does. */
function open(): void {
  [told, bugs] = [[], []];
  stops = new LineStops({
    ...{ db, clock: testClock() },
    model: (id) => readModel(db, id),
    onChanged: (now) => told.push(now),
    onBug: (thrown) => bugs.push(thrown),
  });
  stops.start(listSources(db));
}

const threeOfTen: StopRules = { share: { ng: 3, parts: 10 }, consecutive: null, drift: false };
function rule(rules: StopRules): void {
  setStopRules(db, line.productId, rules);
  stops.changed();
}

/** Puts parts on record, one a letter: o OK, n NG, r review, b OK but NG by thresholds of 0.4. */
function record(letters: string, isSeen = true): void {
  const kinds: Record<string, { verdict: Verdict; score: number }> = {
    o: { verdict: 'OK', score: 0.2 },
    n: { verdict: 'NG', score: 0.9 },
    r: { verdict: 'REVIEW', score: 0.55 },
    b: { verdict: 'OK', score: 0.45 },
  };
  const recorded = recordInspections(
    db,
    [...letters].map((letter) => newPart(line, count++, kinds[letter])),
  );
  if (isSeen) stops.recorded(recorded.map(({ inspection }) => inspection));
}

const list = () =>
  stopsOf(db, { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }, { productId: null, sourceId: null });

describe('a rule of NG among the last parts', () => {
  it('raises a stop once, with the parts it counted, and puts it on the audit trail', () => {
    rule(threeOfTen);
    record('onoronon');
    expect(stops.open).toMatchObject([{ cause: 'share', ng: 3, parts: 10, partIds: [2, 6, 8] }]);
    record('nnnnnn');
    expect(stops.open).toHaveLength(1);
    expect(told.at(-1)).toEqual(stops.open);
    expect(pageAudit(db, null, 1, wholeTrail).entries).toMatchObject([
      { action: 'lineStop.raise', actor: 'station' },
    ]);
    expect(bugs).toEqual([]);
  });

  it('does nothing without rules, nor for NG further apart', () => {
    record('nnnnnnn');
    rule(threeOfTen);
    record('nooooonoooooon');
    expect(stops.open).toEqual([]);
  });

  it('counts anew after the acknowledgement, which needs to be given once', () => {
    rule(threeOfTen);
    record('nnn');
    const [stop] = stops.open as [LineStop];
    expect(muteStop(db, stop.id, 'known', startMs).muted).toEqual({ timeMs: startMs, reason: 'known' });
    acknowledgeStop(db, stop.id, 'cleaned', startMs);
    stops.changed();
    expect(stops.open).toEqual([]);
    expect(() => acknowledgeStop(db, stop.id, 'again', startMs)).toThrow(/notFound/);
    record('nn');
    expect(stops.open).toEqual([]);
    record('n');
    expect(stops.open).toHaveLength(1);
  });

  it('counts NG in a row by a rule of their own', () => {
    rule({ share: null, consecutive: 3, drift: false });
    record('nnrnn');
    expect(stops.open).toEqual([]);
    record('n');
    expect(stops.open).toMatchObject([{ cause: 'consecutive', partIds: [4, 5, 6] }]);
  });
});

describe('a restart', () => {
  it('keeps an open stop, and the count where it stood', () => {
    rule(threeOfTen);
    record('non');
    open();
    record('n');
    expect(stops.open).toMatchObject([{ partIds: [1, 3, 4] }]);
    const before = stops.open;
    open();
    expect(stops.open).toEqual(before);
  });

  it('raises the stop of parts that were recorded before an end that left no time to look', () => {
    rule(threeOfTen);
    record('n');
    record('nn', false);
    open();
    expect(stops.open).toMatchObject([{ partIds: [1, 2, 3] }]);
  });

  it('at any part changes nothing: the same stops as without one', () => {
    const letters = 'oonbnbobnnobbbonnnobobnoonbobbn';
    setModelThresholds(db, line.modelId, { review: 0.3, ng: 0.4 });
    setModelThresholds(db, line.modelId, { review: 0.5, ng: 0.6 });
    rule(threeOfTen);
    const run = (restarts: boolean) => {
      for (const letter of letters) {
        record(letter);
        for (const { id } of stops.open) {
          acknowledgeStop(db, id, 'seen', startMs);
          stops.changed();
        }
        if (restarts) open();
      }
      const found = list().stops.map(({ kind, partIds, alsoBefore }) => [
        kind,
        alsoBefore,
        partIds.map((id) => id % letters.length),
      ]);
      db.exec('DELETE FROM line_stop_parts; UPDATE line_stops SET met_id = NULL; DELETE FROM line_stops');
      rule(threeOfTen);
      return found;
    };
    const without = run(false);
    expect(without.length).toBeGreaterThan(3);
    expect(run(true)).toEqual(without);
  });
});

describe('what became of stops', () => {
  it('is unnecessary with one false alarm among its parts, justified when all are confirmed', () => {
    rule(threeOfTen);
    record('nnn');
    expect(list().raised).toEqual({ justified: 0, unnecessary: 0, open: 1 });
    for (const inspectionId of [1, 2, 3]) giveFeedback(db, { inspectionId, word: 'ng', reason: '' }, startMs);
    expect(list().raised).toEqual({ justified: 1, unnecessary: 0, open: 0 });
    giveFeedback(db, { inspectionId: 2, word: 'ok', reason: 'dust' }, startMs);
    expect(list().stops).toMatchObject([{ outcome: 'unnecessary', calledOk: 1, calledNg: 2 }]);
  });

  it('is avoided where only the thresholds before would have stopped the line', () => {
    setModelThresholds(db, line.modelId, { review: 0.3, ng: 0.4 });
    setModelThresholds(db, line.modelId, { review: 0.5, ng: 0.6 });
    rule(threeOfTen);
    record('bobob');
    expect(stops.open).toEqual([]);
    expect(list()).toMatchObject({ avoided: { open: 1 }, raised: { open: 0 }, added: 0 });
    giveFeedback(db, { inspectionId: 1, word: 'ok', reason: '' }, startMs);
    expect(list().avoided).toEqual({ justified: 0, unnecessary: 1, open: 0 });
    record('nnn');
    // The same trouble did stop it soon after: nothing was avoided.
    expect(list()).toMatchObject({ avoided: { unnecessary: 0, open: 0 }, raised: { open: 1 }, added: 0 });
  });

  it('is added where the thresholds before would not have stopped the line', () => {
    setModelThresholds(db, line.modelId, { review: 0.94, ng: 0.95 });
    setModelThresholds(db, line.modelId, { review: 0.5, ng: 0.6 });
    rule(threeOfTen);
    record('nnn');
    expect(list()).toMatchObject({ raised: { open: 1 }, added: 1 });
  });
});

it('drift raises one stop where the rules ask for it', () => {
  stops.drifted(line.productId);
  expect(stops.open).toEqual([]);
  rule({ share: null, consecutive: null, drift: true });
  stops.drifted(line.productId);
  stops.drifted(line.productId);
  expect(stops.open).toMatchObject([{ cause: 'drift', sourceId: null, partIds: [] }]);
});
