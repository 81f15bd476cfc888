import type { Counters, Inspection, JudgedPart, Performance } from '../contract/domain.ts';
import type { Emit } from '../contract/events.ts';
import type { Clock } from '../platform/clock.ts';
import type { ReadableDb } from '../store/db.ts';
import { recentParts, readPart } from '../store/history.ts';
import { readInspections } from '../store/inspections.ts';
import { countersSince } from '../store/tallies.ts';
import { Announcer } from './announcer.ts';
import { startOfDay } from './days.ts';
import type { PartOnRecord } from './part.ts';
import { PerformanceWindow } from './performanceWindow.ts';

/** As many parts as the live screen draws. */
const recentLimit = 300;
const announceEveryMs = 100;

/** What the live screen shows: the last parts, today's counts, and how fast the line is. */
export class Tally {
  readonly #db: ReadableDb;
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #performance = new PerformanceWindow();
  readonly #announcer: Announcer<PartOnRecord>;
  #recent: Inspection[];
  #latest: JudgedPart | null;

  constructor(db: ReadableDb, clock: Clock, emit: Emit) {
    this.#db = db;
    this.#clock = clock;
    this.#emit = emit;
    this.#recent = recentParts(db, recentLimit);
    const newest = this.#recent.at(-1);
    this.#latest = newest ? { inspection: newest, map: readPart(db, newest.id).map } : null;
    this.#announcer = new Announcer(clock, announceEveryMs, (parts) => this.#announce(parts));
  }

  /** Newest last. */
  get recent(): Inspection[] {
    return this.#recent;
  }

  get latest(): JudgedPart | null {
    return this.#latest;
  }

  counters(): Counters {
    return countersSince(this.#db, startOfDay(this.#clock.nowMs()));
  }

  performance(): Performance {
    return this.#performance.read(this.#clock.monotonicMs());
  }

  recorded(parts: readonly PartOnRecord[]): void {
    const nowMs = this.#clock.monotonicMs();
    for (const { inspection } of parts) this.#performance.add(inspection.latency, nowMs);
    this.#recent = [...this.#recent, ...parts.map(({ inspection }) => inspection)].slice(-recentLimit);
    const newest = parts.at(-1);
    if (newest) this.#latest = { inspection: newest.inspection, map: newest.map };
    this.#announcer.add(parts);
  }

  /** A human has said something about a part. */
  partChanged(inspection: Inspection): void {
    this.#recent = this.#recent.map((part) => (part.id === inspection.id ? inspection : part));
    if (this.#latest?.inspection.id === inspection.id) this.#latest = { ...this.#latest, inspection };
    this.#emit('part.changed', { inspection, counters: this.counters() });
  }

  /** Humans have said something about many parts at once. */
  manyChanged(): void {
    this.#recent = readInspections(
      this.#db,
      this.#recent.map(({ id }) => id),
    );
    const shown = this.#latest;
    const inspection = this.#recent.find(({ id }) => id === shown?.inspection.id);
    if (shown && inspection) this.#latest = { ...shown, inspection };
    this.#emit('words.changed', { recent: this.#recent, counters: this.counters() });
  }

  /** Announces what has not been announced yet. */
  flush(): void {
    this.#announcer.flush();
  }

  #announce(parts: readonly PartOnRecord[]): void {
    const newest = parts.at(-1) as PartOnRecord;
    this.#emit('parts.judged', {
      inspections: parts.map(({ inspection }) => inspection),
      latest: { inspection: newest.inspection, map: newest.map },
      counters: this.counters(),
      performance: this.performance(),
    });
  }
}
