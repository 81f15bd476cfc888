import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wholeTrail } from '../../../../../electron/contract/audit.ts';
import type { DriftAlarm, DriftJob, PictureFigures } from '../../../../../electron/contract/drift.ts';
import { KenroError } from '../../../../../electron/contract/errors.ts';
import { watchDrift } from '../../../../../electron/engine/calls/watchDrift.ts';
import { DriftWatcher } from '../../../../../electron/station/drift/driftWatcher.ts';
import type { PartOnRecord } from '../../../../../electron/station/part.ts';
import { pageAudit } from '../../../../../electron/store/audit.ts';
import { readDriftParts } from '../../../../../electron/store/drift.ts';
import { recordInspections } from '../../../../../electron/store/inspections.ts';
import type { Store } from '../../../../../electron/store/open.ts';
import { usualDriftPlan } from '../../../../../native-models/statistics/drift/watch.ts';
import { seededRandom } from '../../../../../native-models/random.ts';
import {
  addLine,
  newPart,
  openForTest,
  temporaryPaths,
  testClock,
  type Line,
} from '../../../../store/support/station.ts';

const plan = { ...usualDriftPlan, referenceParts: 200 };
const from = { actor: 'Sato', reason: 'lens cleaned' };

let place: ReturnType<typeof temporaryPaths>;
let store: Store;
let line: Line;
let clock: ReturnType<typeof testClock>;
let alarms: DriftAlarm[];
let changed: number;
/** What the engine does; takes its turn after the line. */
let engine: (job: DriftJob) => ReturnType<typeof watchDrift>;
let failures: unknown[];

beforeEach(async () => {
  place = temporaryPaths();
  store = await openForTest(place.paths);
  line = addLine(store.db, 'disc');
  clock = testClock();
  alarms = [];
  changed = 0;
  engine = watchDrift;
  failures = [];
});
afterEach(() => {
  store.db.close();
  place.remove();
});

function watcher(): DriftWatcher {
  return new DriftWatcher({
    ...{ db: store.db, clock, plan },
    watch: async (job) => {
      await Promise.resolve();
      return engine(structuredClone(job));
    },
    onChanged: () => (changed += 1),
    onAlarm: (alarm) => alarms.push(alarm),
    onFailure: (thrown) => failures.push(thrown),
  });
}

/** Until the engine has answered everything. */
const answered = () => new Promise((resolve) => setTimeout(resolve, 5));
async function record(drift: DriftWatcher, on: readonly PartOnRecord[]): Promise<void> {
  // As a line does: a part at a time, the engine in between.
  for (let at = 0; at < on.length; at += 10) {
    drift.recorded(on.slice(at, at + 10));
    await answered();
  }
}

/** Parts of a line whose sharpness is `blur` lower; every third has its picture kept. */
function parts(first: number, count: number, blur = 0, change: Partial<PictureFigures> = {}): PartOnRecord[] {
  const random = seededRandom(first);
  return Array.from({ length: count }, (_, i) => {
    const id = first + i;
    const inspection = {
      ...{ id, timeMs: clock.nowMs() + id * 1000, productId: line.productId, sourceId: line.sourceId },
      ...{ modelId: line.modelId, score: 0.3 + 0.02 * random.normal(), imageKept: id % 3 === 0 },
    };
    const figures = {
      brightness: 0.5 + 0.01 * random.normal(),
      contrast: 0.2 + 0.01 * random.normal(),
      sharpness: -1 - blur + 0.05 * random.normal(),
      noise: 0.01 + 0.001 * random.normal(),
      positionX: 0.5 + 0.01 * random.normal(),
      positionY: 0.5 + 0.01 * random.normal(),
      ...change,
    };
    return { inspection, figures, map: null } as unknown as PartOnRecord;
  });
}

const report = (drift: DriftWatcher) => drift.report(line.productId, line.modelId);

describe('DriftWatcher', () => {
  it('asks for figures of a source a few times a second at most', () => {
    const drift = watcher();
    expect(drift.measures(1)).toBe(true);
    expect(drift.measures(1)).toBe(false);
    expect(drift.measures(2)).toBe(true);
    clock.nowIs(clock.nowMs() + 100);
    expect(drift.measures(1)).toBe(true);
  });

  it('gathers a reference, then looks, and finds nothing on a line that stays', async () => {
    const drift = watcher();
    expect(report(drift)).toEqual({ watch: null, alarms: [] });
    await record(drift, parts(1, 150));
    expect(report(drift).watch).toMatchObject({ reference: { parts: 150, of: 200 }, look: null });
    await record(drift, parts(151, 450));
    const { watch } = report(drift);
    expect(watch!.reference.parts).toBe(200);
    expect(watch!.look).toMatchObject({ isSuspect: false });
    expect(alarms).toEqual([]);
    // The reference complete, and eight looks.
    expect(changed).toBe(9);
    expect(failures).toEqual([]);
  });

  it('raises one alarm for a softer picture: since when, what moved, what to do, parts before and after', async () => {
    const drift = watcher();
    await record(drift, parts(1, 300));
    await record(drift, parts(301, 300, 0.3));
    expect(alarms).toHaveLength(1);
    const [alarm] = alarms;
    expect(alarm!.features[0]).toMatchObject({ feature: 'sharpness', hasMoved: true });
    expect(alarm!.features[0]!.to).toBeLessThan(alarm!.features[0]!.from);
    expect(alarm).toMatchObject({ advice: 'lens', productId: line.productId, acknowledged: null });
    expect(Math.abs((alarm!.sinceMs - clock.nowMs()) / 1000 - 301)).toBeLessThan(20);
    expect(alarm!.before.every(({ id, imageKept }) => imageKept && id <= 320)).toBe(true);
    expect(alarm!.after.every(({ id, imageKept }) => imageKept && id > 280)).toBe(true);
    expect(report(drift).alarms).toEqual(alarms);
    const { entries } = pageAudit(store.db, null, 1, wholeTrail);
    expect(entries[0]).toMatchObject({ actor: 'station', action: 'drift.alarm', detail: { advice: 'lens' } });
  });

  it('takes a line further where it left off when the application is opened again', async () => {
    const before = watcher();
    await record(before, parts(1, 330));
    before.flush();
    const after = watcher();
    report(after);
    await answered();
    expect(report(after).watch).toEqual(report(before).watch);
    await record(after, parts(331, 200, 0.3));
    expect(alarms).toHaveLength(1);
    expect(report(watcher()).watch!.reference.parts).toBe(200);
  });

  it('keeps the reference and the newest parts, and forgets those between', async () => {
    const drift = watcher();
    await record(drift, parts(1, 900));
    drift.flush();
    const kept = readDriftParts(store.db, 1).map(({ number }) => number);
    expect(kept).toHaveLength(700);
    expect([kept[199], kept[200], kept.at(-1)]).toEqual([200, 401, 900]);
    const after = watcher();
    report(after);
    await answered();
    expect(report(after).watch!.look).toEqual(report(drift).watch!.look);
  });

  it('is not told again while it stays, and is after it has gone and come back', async () => {
    const drift = watcher();
    await record(drift, parts(1, 300));
    await record(drift, parts(301, 600, 0.3));
    expect(alarms).toHaveLength(1);
    drift.acknowledge(alarms[0]!.id, from);
    await record(drift, parts(901, 200, 0.3));
    expect(alarms).toHaveLength(1);
    await record(drift, parts(1101, 200));
    await record(drift, parts(1301, 200, 0.3));
    expect(alarms).toHaveLength(2);
  });

  it('puts on record who acknowledged an alarm and why, once', async () => {
    const drift = watcher();
    await record(drift, parts(1, 300));
    await record(drift, parts(301, 200, 0.3));
    const { id } = alarms[0]!;
    expect(drift.acknowledge(id, from).acknowledged).toMatchObject(from);
    expect(drift.acknowledge(id, { actor: 'other', reason: 'too late' }).acknowledged).toMatchObject(from);
    expect(() => drift.acknowledge(99, from)).toThrow(KenroError);
  });

  it('takes how it looks now as how it should be, when told to', async () => {
    const drift = watcher();
    await record(drift, parts(1, 300));
    await record(drift, parts(301, 200, 0.3));
    drift.reset(line.productId, line.modelId);
    expect(report(drift).watch).toMatchObject({ reference: { parts: 0 }, look: null });
    await record(drift, parts(501, 600, 0.3));
    expect(alarms).toHaveLength(1);
    expect(report(drift).alarms).toHaveLength(1);
    expect(() => drift.reset(line.productId, 99)).toThrow(KenroError);
  });

  it.each([
    [{ brightness: 0.7 }, 'light'],
    [{ noise: 0.03 }, 'camera'],
    [{ positionX: 0.7 }, 'holder'],
  ] as const)('of %j advises to see to the %s', async (change, advice) => {
    const drift = watcher();
    await record(drift, parts(1, 300));
    await record(drift, parts(301, 200, 0, change));
    expect(alarms[0]!.advice).toBe(advice);
  });

  it('does without parts that were not measured or not scored', () => {
    const drift = watcher();
    const [part] = parts(1, 1);
    const { inspection, figures } = part!;
    drift.recorded([{ ...part!, figures: undefined }]);
    drift.recorded([{ ...part!, inspection: { ...inspection, score: null }, figures }]);
    expect(report(drift).watch).toBeNull();
  });

  it('asks again when the engine is gone, loses no part by it, and never holds up the line', async () => {
    const drift = watcher();
    await record(drift, parts(1, 300));
    let asked = 0;
    engine = () => {
      asked += 1;
      throw new KenroError('engineLost');
    };
    await record(drift, parts(301, 200, 0.3));
    expect(alarms).toEqual([]);
    expect(failures).toHaveLength(1);
    // Left alone for a while, not asked with every part.
    expect(asked).toBe(1);
    engine = watchDrift;
    clock.nowIs(clock.nowMs() + 10_000);
    await record(drift, parts(501, 10, 0.3));
    expect(alarms).toHaveLength(1);
    expect(Math.abs((alarms[0]!.sinceMs - (clock.nowMs() - 10_000)) / 1000 - 301)).toBeLessThan(20);
  });

  it('takes parts up while the engine is busy, and asks about all of them then', async () => {
    const drift = watcher();
    await record(drift, parts(1, 250));
    const { promise, resolve } = Promise.withResolvers<void>();
    const busy = new DriftWatcher({
      ...{ db: store.db, clock, plan },
      watch: async (job) => {
        await promise;
        return watchDrift(structuredClone(job));
      },
      onChanged: () => undefined,
      onAlarm: (alarm) => alarms.push(alarm),
      onFailure: (thrown) => failures.push(thrown),
    });
    drift.flush();
    await record(busy, parts(251, 400, 0.3));
    expect(alarms).toEqual([]);
    resolve();
    await answered();
    expect(alarms).toHaveLength(1);
    expect(failures).toEqual([]);
  });

  it('throws nothing at a reference begun while the engine was thinking', async () => {
    const drift = watcher();
    await record(drift, parts(1, 320));
    drift.recorded(parts(321, 300, 0.3));
    drift.reset(line.productId, line.modelId);
    await answered();
    expect(alarms).toEqual([]);
    expect(report(drift).watch).toMatchObject({ reference: { parts: 0 }, look: null });
  });

  it('calls what only the network sees, and has kept how it saw the parts', async () => {
    const drift = watcher();
    const seen = (first: number, count: number, shift: number) => {
      const random = seededRandom(first);
      return parts(first, count).map((part) => ({
        ...part,
        embedding: Array.from({ length: 4 }, () => Math.fround(random.normal() + shift)),
      }));
    };
    await record(drift, seen(1, 300, 0));
    expect(report(drift).watch!.look!.embeddingP).toBeGreaterThan(0.004);
    await record(drift, seen(301, 200, 2));
    expect(alarms).toHaveLength(1);
    expect(alarms[0]!.features.every(({ hasMoved }) => !hasMoved)).toBe(true);
    expect(alarms[0]!.advice).toBe('retrain');
    drift.flush();
    expect(readDriftParts(store.db, 1)[0]!.embedding).toEqual(seen(1, 1, 0)[0]!.embedding);
  });

  it('keeps of an NG part what lay outside the usual of its picture', async () => {
    const drift = watcher();
    await record(drift, parts(1, 260));
    const dark = { brightness: 0.2 };
    const on = (
      [
        ['NG', dark],
        ['NG', {}],
        ['OK', dark],
      ] as const
    ).map(([verdict, change], i) => {
      const [recorded] = recordInspections(store.db, [newPart(line, i, { verdict })]);
      const [{ figures }] = parts(261 + i, 1, 0, change) as [PartOnRecord];
      return { inspection: recorded!.inspection, figures, map: null } as unknown as PartOnRecord;
    });
    await record(drift, on);
    drift.flush();
    expect(store.db.prepare('SELECT inspection_id, feature FROM odd_pictures').all()).toEqual([
      { inspection_id: on[0]!.inspection.id, feature: 'brightness' },
    ]);
  });
});
