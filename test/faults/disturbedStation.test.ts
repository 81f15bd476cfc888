import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statfsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { canMountSmallDisk, mountSmallDisk, unmountSmallDisk } from '../support/smallDisk.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { testStarter, testStation, withCards, type TestStation } from '../support/testStation.ts';
import { breaches } from './support/oracle.ts';
import { tell } from './support/sizes.ts';

const patience = { timeout: 60_000 };
/** The first product of the demo is the disc, which has a detector. */
const disc = 1;

/** A watched folder of a station, and what was delivered to it. */
class Delivery {
  readonly delivered: string[] = [];
  sourceId = 0;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async attach({ call }: TestStation): Promise<void> {
    await call('source.change', { id: 1, paused: true });
    const config = { kind: 'folder', path: this.#folder, subfolders: true, existing: true } as const;
    this.sourceId = (await call('source.add', { name: 'Folder', productId: disc, config })).id;
  }

  async deliver(count: number): Promise<void> {
    for (let more = 0; more < count; more++) {
      const name = `${this.delivered.length}.png`;
      this.delivered.push(name);
      await writeFile(join(this.#folder, name), 'x');
    }
  }

  async count({ call }: TestStation): Promise<number> {
    return (await call('history.count', { filter: { ...everything, sourceId: this.sourceId } })).count;
  }

  async allRecorded(station: TestStation): Promise<void> {
    await vi.waitFor(async () => expect(await this.count(station)).toBe(this.delivered.length), patience);
  }

  /** Why it delivers nothing now. */
  problem({ told }: TestStation): string | undefined {
    const states = told('sourceStates.changed').at(-1);
    return states?.find(({ sourceId }) => sourceId === this.sourceId)?.error?.kind;
  }

  expectKept(dataDir: string): void {
    const { wrong, seen } = breaches(dataPaths(dataDir).database, this.sourceId, this.delivered);
    expect(wrong).toEqual([]);
    expect(seen.ok).toBeGreaterThan(0);
  }
}

it.skipIf(!canMountSmallDisk())(
  'a disk that is full, then read-only: parts wait, it is said, each is on record once',
  async () => {
    const dataDir = mountSmallDisk(16) as string;
    onTestFinished(() => unmountSmallDisk(dataDir));
    const given = { dataDir, starterDir: await testStarter(), prepare: withCards };
    const parts = new Delivery(await temporaryFolder());
    const first = await testStation(given);
    await parts.attach(first);
    await parts.deliver(100);
    await parts.allRecorded(first);
    const ballast = join(dataDir, 'ballast');
    const { bavail, bsize } = statfsSync(dataDir);
    await writeFile(ballast, Buffer.alloc(bavail * bsize));
    await parts.deliver(900);
    await vi.waitFor(() => expect(parts.problem(first)).toBe('diskFull'), patience);
    expect(await parts.count(first)).toBeLessThan(parts.delivered.length);
    await rm(ballast);
    await parts.allRecorded(first);
    await first.station.stop();

    const remount = (how: 'ro' | 'rw') => execFileSync('mount', ['-o', `remount,${how}`, dataDir]);
    await parts.deliver(100);
    remount('ro');
    await expect(testStation(given)).rejects.toMatchObject({ kind: 'diskReadOnly' });
    remount('rw');
    const again = await testStation(given);
    await parts.allRecorded(again);
    await again.station.stop();
    parts.expectKept(dataDir);
    tell(`${parts.delivered.length} parts over a full and a read-only disk, each on record once`);
  },
);

it('a clock that jumps back and forth under load: each part is on record once, and the trail holds', async () => {
  let offMs = 0;
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + offMs };
  const parts = new Delivery(await temporaryFolder());
  const station = await testStation({ starterDir: await testStarter(), prepare: withCards, clock });
  await parts.attach(station);
  const jumpsMs = [0, -26, 50, -24 * 400, 24 * 800].map((hours) => hours * 3_600_000);
  for (const jumpMs of jumpsMs) {
    offMs += jumpMs;
    await parts.deliver(60);
    await station.call('product.add', { name: `After ${jumpMs}` });
  }
  await parts.allRecorded(station);
  expect(await station.call('audit.verify', {})).toMatchObject({ brokenAt: null });
  await station.station.stop();
  parts.expectKept(station.dataDir);
  tell(`${parts.delivered.length} parts over ${jumpsMs.length - 1} jumps of the clock, each on record once`);
});

it('a backup program that holds the database again and again: each part is on record once', async () => {
  const parts = new Delivery(await temporaryFolder());
  const station = await testStation({ starterDir: await testStarter(), prepare: withCards });
  await parts.attach(station);
  for (let times = 0; times < 2; times++) {
    const { database } = dataPaths(station.dataDir);
    const script = join(import.meta.dirname, 'support/holdLock.ts');
    const holder = spawn(process.execPath, [script, database]);
    onTestFinished(() => void holder.kill());
    await once(holder.stdout, 'data');
    await parts.deliver(50);
    await vi.waitFor(() => expect(parts.problem(station)).toBe('databaseLocked'), patience);
    holder.stdin.end();
    await parts.allRecorded(station);
  }
  await station.station.stop();
  parts.expectKept(station.dataDir);
  tell(`${parts.delivered.length} parts while another program held the database, each on record once`);
});
