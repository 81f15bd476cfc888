import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source, SourceState } from '../../contract/domain.ts';
import { KenroError, toErrorInfo, type ErrorInfo } from '../../contract/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ReadableDb } from '../../store/db.ts';
import { arePartsKnown, lastPartNumber } from '../../store/inspections.ts';
import { Announcer } from '../announcer.ts';
import type { Pipeline } from '../pipeline.ts';
import { Camera } from './camera.ts';
import { DemoLine } from './demoLine.ts';
import { FolderWatch } from './folderWatch.ts';
import type { LiveSource, SourceEvents } from './source.ts';

export interface LiveSourcesOptions {
  db: ReadableDb;
  clock: Clock;
  pipeline: Pipeline;
  /** One folder a source, for what it must remember. */
  sourcesDir: string;
  onStates: (states: SourceState[]) => void;
  onBug: (thrown: unknown) => void;
}

/** At most so many milliseconds pass before pages are told of another state. */
const statesEveryMs = 250;

/** The sources as they run: started, paused, changed and removed as the store says. */
export class LiveSources {
  readonly #options: LiveSourcesOptions;
  readonly #states: Announcer<null>;
  #sources: Source[] = [];
  readonly #live = new Map<number, LiveSource>();
  /** Those that could not be started. */
  readonly #failed = new Map<number, ErrorInfo>();
  /** One change after the other: a source is never started while it is being stopped. */
  #changing: Promise<unknown> = Promise.resolve();
  #told = '';

  constructor(options: LiveSourcesOptions) {
    this.#options = options;
    this.#states = new Announcer(options.clock, statesEveryMs, () => this.#tell());
  }

  /** Brings what runs in line with the sources in use. Resolves when it is so and each has had its first look. */
  async follow(sources: Source[]): Promise<void> {
    const begun = this.#changing.then(() => this.#change(sources));
    // The next change need not wait until a folder with very many files has been looked through.
    this.#changing = begun.catch(() => undefined);
    await Promise.all(await begun);
    this.changed();
  }

  /** Gives what the sources begun now are still busy with. */
  async #change(sources: Source[]): Promise<Promise<void>[]> {
    this.#sources = sources;
    const wanted = sources.filter(({ paused }) => !paused);
    const ids = new Set(wanted.map(({ id }) => id));
    for (const id of [...this.#live.keys()]) if (!ids.has(id)) await this.#stop(id);
    const starting: Promise<void>[] = [];
    for (const source of wanted) {
      if (this.#live.get(source.id)?.reconfigure(source.config)) continue;
      await this.#stop(source.id);
      starting.push(this.#start(source));
    }
    this.changed();
    return starting;
  }

  /** Something about a state may be another; pages are told soon, and only when it is. */
  changed(): void {
    this.#states.add([null]);
  }

  states(): SourceState[] {
    const { held } = this.#options.pipeline;
    return this.#sources.map(({ id, paused }) => {
      const live = this.#live.get(id);
      const pending = (live?.waiting ?? 0) + this.#options.pipeline.taken(id);
      if (paused || !live) return { sourceId: id, status: paused ? 'paused' : 'waiting', pending };
      const error = held ?? this.#failed.get(id);
      if (error) return { sourceId: id, status: 'error', pending, error };
      return { sourceId: id, pending, ...live.condition };
    });
  }

  /** @throws {KenroError} `notFound`; `badRequest` for a source of another kind; `conflict` when it is paused. */
  camera(id: number): Camera {
    const source = this.#sources.find((candidate) => candidate.id === id);
    if (!source) throw new KenroError('notFound', { what: 'source', id });
    if (source.config.kind !== 'camera') throw new KenroError('badRequest', { field: 'sourceId' });
    const live = this.#live.get(id);
    if (!(live instanceof Camera)) throw new KenroError('conflict', { what: 'source', name: source.name });
    return live;
  }

  /** Forgets what a removed source had noted for itself. Frames not yet judged go with it. */
  async forget(id: number): Promise<void> {
    await rm(this.#folderOf(id), { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await this.follow([]);
    this.#states.flush();
  }

  async #start(source: Source): Promise<void> {
    const started = this.#make(source);
    this.#live.set(source.id, started);
    this.#failed.delete(source.id);
    this.#options.pipeline.attach(started);
    try {
      await started.start();
    } catch (thrown) {
      // The other sources run all the same.
      this.#options.onBug(thrown);
      this.#failed.set(source.id, toErrorInfo(thrown));
    }
  }

  async #stop(id: number): Promise<void> {
    const live = this.#live.get(id);
    if (!live) return;
    this.#live.delete(id);
    this.#options.pipeline.detach(live);
    await live.stop();
  }

  #make({ id, config }: Source): LiveSource {
    const { db, clock, pipeline, onBug } = this.#options;
    const events: SourceEvents = {
      available: () => {
        pipeline.pump();
        this.changed();
      },
      changed: () => this.changed(),
      failed: onBug,
    };
    const onRecord = (keys: readonly string[]) => arePartsKnown(db, keys);
    const folder = this.#folderOf(id);
    switch (config.kind) {
      case 'demo':
        return new DemoLine({ id, config, firstIndex: this.#firstIndex(id), clock, events });
      case 'camera': {
        const spoolDir = join(folder, 'spool');
        return new Camera({ id, spoolDir, firstIndex: this.#firstIndex(id), onRecord, clock, events });
      }
      case 'folder': {
        const place = createHash('sha256').update(config.path).digest('hex').slice(0, 16);
        return new FolderWatch({
          id,
          config,
          baselineFile: join(folder, `${place}.txt`),
          clock,
          onRecord,
          events,
        });
      }
    }
  }

  #firstIndex(id: number): number {
    return (lastPartNumber(this.#options.db, id) ?? -1) + 1;
  }

  #folderOf(id: number): string {
    return join(this.#options.sourcesDir, String(id));
  }

  #tell(): void {
    const states = this.states();
    const text = JSON.stringify(states);
    if (text === this.#told) return;
    this.#told = text;
    this.#options.onStates(states);
  }
}
