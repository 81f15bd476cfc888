import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../../../native-models/random.ts';
import { tilePictures } from '../../support/realStarter.ts';
import { killWhileStarting, startStationProcess, type StationProcess } from '../../support/stationProcess.ts';
import { enginesOf } from './engineProcesses.ts';

/** The second product of the demo is the tile, which has a detector. */
const tile = 2;
const goodPictures = 16;
const longestPauseMs = 1_700;
const longestStartMs = 1_500;

export interface Folders {
  readonly root: string;
  readonly starterDir: string;
}

/**
 * A station as a process of its own, with a folder that files are delivered to, that teaches a model, makes backups and
 * restores them all the while, and whose processes are killed.
 */
export class TroubledStation {
  readonly dataDir: string;
  readonly delivered: string[] = [];
  readonly killed = { station: 0, starting: 0, inspect: 0, train: 0 };
  hung = 0;
  restores = 0;
  sourceId = 0;
  readonly #folders: Folders;
  readonly #random: Random;
  readonly #hung: number[] = [];
  #pictures: Uint8Array[] = [];
  #ownProduct = 0;
  #station!: StationProcess;

  constructor(folders: Folders, random: Random) {
    this.#folders = folders;
    this.#random = random;
    this.dataDir = join(folders.root, 'data');
  }

  get call(): StationProcess['call'] {
    return this.#station.call;
  }

  get #watched(): string {
    return join(this.#folders.root, 'watched');
  }

  get #good(): string {
    return join(this.#folders.root, 'good');
  }

  async start(): Promise<void> {
    this.#pictures = await tilePictures();
    const share = join(this.#folders.root, 'share');
    for (const folder of [this.#watched, this.#good, share]) await mkdir(folder);
    for (const [index, picture] of (await tilePictures(goodPictures, 0)).entries()) {
      await writeFile(join(this.#good, `${index}.png`), picture);
    }
    await this.again();
    await this.call('source.change', { id: 1, paused: true });
    const config = { kind: 'folder', path: this.#watched, subfolders: true, existing: true } as const;
    this.sourceId = (await this.call('source.add', { name: 'Folder', productId: tile, config })).id;
    this.#ownProduct = (await this.call('product.add', { name: 'Taught meanwhile' })).id;
    await this.call('settings.change', { backups: { folder: share, everyHours: 24, keep: 3 } });
  }

  /** Starts after a kill. */
  async again(): Promise<void> {
    this.#station = await startStationProcess(this.dataDir, this.#folders.starterDir);
  }

  async kill(): Promise<void> {
    await this.#station.kill();
    // An engine that hangs cannot notice that its station is gone.
    for (const pid of this.#hung.splice(0)) send(pid, 'SIGCONT');
  }

  /** Some parts, some work in the background, and the end of one process. */
  async round(): Promise<void> {
    const random = this.#random;
    void this.#work().catch(() => undefined);
    const untilMs = performance.now() + 200 + random.integer(longestPauseMs - 200);
    while (performance.now() < untilMs) {
      await this.#deliver();
      await wait(random.integer(40));
    }
    const engines = enginesOf(this.#station.pid).filter(({ pid }) => !this.#hung.includes(pid));
    const victim = random.integer(2) === 0 ? undefined : engines[random.integer(Math.max(1, engines.length))];
    if (victim === undefined) return this.#killStation();
    if (victim.role === 'inspect' && random.integer(6) === 0) {
      this.#hung.push(victim.pid);
      if (send(victim.pid, 'SIGSTOP')) this.hung++;
    } else if (send(victim.pid, 'SIGKILL')) this.killed[victim.role]++;
  }

  async #killStation(): Promise<void> {
    const random = this.#random;
    await this.kill();
    this.killed.station++;
    for (let burst = random.integer(10); burst > 0; burst--) await this.#deliver();
    while (random.integer(3) === 0) {
      await killWhileStarting(this.dataDir, this.#folders.starterDir, random.integer(longestStartMs));
      this.killed.starting++;
    }
    await this.again();
  }

  /** What is refused because something of the kind is under way is asked again at the next round. */
  async #work(): Promise<void> {
    const random = this.#random;
    const kind = random.integer(4);
    if (kind === 0) await this.call('backup.make', {});
    else if (kind === 1) await this.#restore();
    else {
      const good = { from: 'folder', path: this.#good } as const;
      const how = { backboneId: 1, ngFolder: null, features: null, size: null, seed: 3, name: 'Taught' };
      await this.call('teach.start', { ...how, productId: this.#ownProduct, good });
    }
  }

  async #restore(): Promise<void> {
    const { sets } = await this.call('backup.status', { folder: null });
    const path = sets[this.#random.integer(Math.max(1, sets.length))]?.path;
    if (path === undefined) return;
    await this.call('backup.restore', { path, signature: null, reason: 'fault suite' });
    this.restores++;
  }

  /** Some files appear at once, some grow: both are what cameras do. */
  async #deliver(): Promise<void> {
    const name = `${this.delivered.length}.png`;
    const picture = this.#pictures[this.delivered.length % this.#pictures.length] as Uint8Array;
    this.delivered.push(name);
    if (this.#random.integer(2) === 0) return writeFile(join(this.#watched, name), picture);
    const draft = join(this.#folders.root, 'draft');
    await writeFile(draft, picture);
    return rename(draft, join(this.#watched, name));
  }
}

/** Whether there was still somebody to get it. */
function send(pid: number, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
