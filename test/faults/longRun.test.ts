import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { systemClock } from '../../electron/platform/clock.ts';
import { backUp } from '../../electron/store/backup.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { numberedPartKey } from '../../electron/store/partKey.ts';
import { countersSince } from '../../electron/store/tallies.ts';
import type { Part, PartSource } from '../../electron/station/part.ts';
import { Pipeline } from '../../electron/station/pipeline.ts';
import { addLine, openForTest, startMs, temporaryPaths } from '../store/support/station.ts';
import { fakeEngine } from '../support/fakeEngine.ts';
import { Gauge } from './support/gauge.ts';
import { breaches } from './support/oracle.ts';
import { sizes, tell } from './support/sizes.ts';

/** A leak of 50 bytes a part would be 25 MB between the quarters of a run of 10^6 parts. */
const mostUsedMb = 20;
/** What the system does not get back of a heap that was larger for a while is no leak. */
const mostGrowthMb = 96;
const readings = 80;
const backups = 10;

/** As many parts as are asked for, each at once. */
class EndlessSource implements PartSource {
  readonly id: number;
  recordedParts = 0;
  #taken = 0;
  #most = 0;

  constructor(id: number) {
    this.id = id;
  }

  get waiting(): number {
    return this.#most - this.#taken;
  }

  offer(parts: number): void {
    this.#most += parts;
  }

  take(): Part | null {
    if (this.#taken >= this.#most) return null;
    const number = this.#taken++;
    return {
      ...{ key: numberedPartKey(this.id, number), sourceId: this.id, origin: String(number), serial: '' },
      ...{ image: { from: 'file', path: String(number) }, readyMs: systemClock.monotonicMs() },
    };
  }

  accepts(): boolean {
    return true;
  }

  recorded(): void {
    this.recordedParts++;
  }
}

it('judges and records on and on with flat memory and handles, and a backup now and then', async () => {
  const { paths, remove } = temporaryPaths();
  const { db } = await openForTest(paths);
  // The station's own is bounded too, but full only after so many parts that a short run would tell nothing.
  db.pragma('cache_size = -2048');
  const { productId, sourceId, modelId } = addLine(db, 'disc');
  const engine = fakeEngine();
  const source = new EndlessSource(sourceId);
  const model = {
    ...{ id: modelId, path: 'model.onnx', sha256: 'ab'.repeat(32), patchHash: null },
    ...{ thresholds: { review: 0.5, ng: 0.6 }, classThresholds: {}, labels: null },
  };
  const pipeline = new Pipeline({
    ...{ engine, clock: systemClock, record: (parts) => recordInspections(db, parts) },
    context: () => ({ productId, lot: `lot ${source.recordedParts >> 10}`, model }),
    ...{ recordShadow: () => undefined, keepsOk: () => false, draws: () => null },
    ...{ onRecorded: () => undefined, onHeld: (error) => expect(error).toBeNull() },
    onBug: (thrown) => expect.unreachable(String(thrown)),
  });
  pipeline.attach(source);
  const gauge = new Gauge();
  const share = Math.ceil(sizes.parts / readings);
  for (let reading = 1; reading <= readings; reading++) {
    source.offer(share);
    pipeline.pump();
    while (source.recordedParts < reading * share) await setImmediate();
    engine.calls.length = 0;
    if (reading % (readings / backups) === 0) await backUp(db, paths, startMs + reading, 'routine');
    gauge.read();
  }
  await pipeline.stop();
  const parts = readings * share;
  expect(countersSince(db, 0).parts).toBe(parts);
  db.close();
  const origins = Array.from({ length: parts }, (_, number) => String(number));
  expect(breaches(paths.database, sourceId, origins).wrong).toEqual([]);
  expect(gauge.last.usedMb - gauge.settled.usedMb).toBeLessThan(mostUsedMb);
  expect(gauge.last.memoryMb - gauge.settled.memoryMb).toBeLessThan(mostGrowthMb);
  expect(gauge.last.handles).toBeLessThanOrEqual(gauge.settled.handles);
  remove();
  tell(`${parts} parts judged and recorded in one run, ${gauge.toString()}`);
});
