import type { Inspection, Model, Source } from '../../contract/domain.ts';
import { everything } from '../../contract/history.ts';
import type { LineStop, StopRules } from '../../contract/lineStops.ts';
import type { Clock } from '../../platform/clock.ts';
import { appendAudit } from '../../store/audit.ts';
import { transaction, type WritableDb } from '../../store/db.ts';
import { pageHistory } from '../../store/history.ts';
import { addStop, countedFrom, markMet, openStops, type NewStop } from '../../store/lineStops.ts';
import { readStopRules, type KeptRules } from '../../store/stopRules.ts';
import { SourceWatch, type MetRule, type Watched } from './sourceWatch.ts';
import { verdictBefore } from './verdictBefore.ts';

export interface LineStopsOptions {
  db: WritableDb;
  clock: Clock;
  model: (id: number) => Model | undefined;
  /** Told the open stops whenever there is one more or one fewer. */
  onChanged: (open: LineStop[]) => void;
  onBug: (thrown: unknown) => void;
}

/** One source making one product. */
interface Line {
  readonly watch: SourceWatch;
  /** Parts up to this one are counted. */
  countedId: number;
  isStopped: boolean;
}

type Place = Pick<Inspection, 'sourceId' | 'productId'>;

/**
 * Watches the parts on record for what a line is to be stopped for. Where the counts stand is not kept: at a start, and
 * whenever a stop could not be put on record, they are made again from the parts, so that no stop is lost.
 */
export class LineStops {
  readonly #options: LineStopsOptions;
  readonly #lines = new Map<string, Line>();
  readonly #rules = new Map<number, KeptRules>();
  #open: LineStop[];

  constructor(options: LineStopsOptions) {
    this.#options = options;
    this.#open = openStops(options.db);
  }

  /** Stops that wait for somebody to acknowledge them, oldest first. */
  get open(): LineStop[] {
    return this.#open;
  }

  /** Catches up with what was put on record before an end that left no time to look at it. */
  start(sources: readonly Source[]): void {
    for (const { id: sourceId, productId } of sources)
      this.#guarded({ sourceId, productId }, () => undefined);
  }

  rules(productId: number): KeptRules {
    let rules = this.#rules.get(productId);
    if (rules === undefined) {
      rules = readStopRules(this.#options.db, productId);
      this.#rules.set(productId, rules);
    }
    return rules;
  }

  /** Parts newly on record, oldest first. */
  recorded(parts: readonly Inspection[]): void {
    for (const part of parts) {
      this.#guarded(part, (line) => {
        if (part.id <= line.countedId || line.isStopped) return;
        this.#count(line, part, false);
      });
    }
  }

  /** Drift of a product is certain; does nothing where its rules do not ask for it or it is told already. */
  drifted(productId: number): void {
    const isTold = this.#open.some((stop) => stop.cause === 'drift' && stop.productId === productId);
    if (!this.rules(productId).drift || isTold) return;
    const { db, clock } = this.#options;
    const nothing = { partId: null, ng: 0, parts: 0, partIds: [], alsoBefore: false };
    const stop = {
      isRaised: true,
      productId,
      sourceId: null,
      timeMs: clock.nowMs(),
      cause: 'drift',
    } as const;
    transaction(db, () => this.#raise({ ...stop, ...nothing }));
    this.changed();
  }

  /** A stop was acknowledged or muted, or rules were changed: reads anew where everything stands. */
  changed(): void {
    this.#lines.clear();
    this.#rules.clear();
    this.#open = openStops(this.#options.db);
    this.#options.onChanged(this.#open);
  }

  #guarded(place: Place, work: (line: Line) => void): void {
    const key = `${place.sourceId}/${place.productId}`;
    try {
      if (hasNone(this.rules(place.productId))) return;
      const line = this.#lines.get(key) ?? this.#restored(place);
      this.#lines.set(key, line);
      work(line);
    } catch (thrown) {
      // Made anew from the record with the next part.
      this.#lines.delete(key);
      this.#options.onBug(thrown);
    }
  }

  #restored({ sourceId, productId }: Place): Line {
    const { db } = this.#options;
    const rules = this.rules(productId);
    const watch = new SourceWatch(rules);
    const { resumeId, openId, before } = countedFrom(db, sourceId, productId);
    const line: Line = { watch, countedId: Math.max(rules.sinceId, resumeId), isStopped: openId !== null };
    if (line.isStopped) return line;
    const filter = { ...everything, sourceId, productId };
    const parts = pageHistory(db, { filter, before: null, after: null, limit: watch.reach }).rows.reverse();
    const metBefore = new Map(before.map((stop) => [stop.partId, stop]));
    const lastBefore = Math.max(0, ...metBefore.keys());
    for (const part of parts) {
      if (part.id <= line.countedId) continue;
      this.#count(line, part, part.id <= lastBefore);
      const known = metBefore.get(part.id);
      if (known !== undefined) watch.expect(known.id, known.parts);
      if (line.isStopped) break;
    }
    return line;
  }

  #count(line: Line, part: Inspection, skipBefore: boolean): void {
    const model = part.modelId === null ? undefined : this.#options.model(part.modelId);
    const wasNg = verdictBefore(part, model) === 'NG';
    const watched = line.watch.add({ id: part.id, isNg: part.verdict === 'NG', wasNg }, skipBefore);
    line.countedId = part.id;
    if (watched.raised === null && watched.before === null) return;
    this.#keep(line, part, watched);
  }

  #keep(line: Line, part: Inspection, { raised, before, met }: Watched): void {
    const { db } = this.#options;
    if (raised === null) {
      const id = addStop(db, stopOf(part, before as MetRule, { isRaised: false, alsoBefore: true }));
      line.watch.expect(id, (before as MetRule).parts);
      return;
    }
    const alsoBefore = before !== null || met.length > 0;
    transaction(db, () => {
      markMet(db, met, this.#raise(stopOf(part, raised, { isRaised: true, alsoBefore })));
    });
    line.isStopped = true;
    this.#open = openStops(db);
    this.#options.onChanged(this.#open);
  }

  #raise(stop: NewStop): number {
    const { db, clock } = this.#options;
    const id = addStop(db, stop);
    const { productId, sourceId, cause, ng, parts, partIds } = stop;
    const detail = { id, productId, sourceId, cause, ng, parts, partIds };
    appendAudit(db, { actor: 'station', action: 'lineStop.raise', detail }, clock.nowMs());
    return id;
  }
}

function stopOf(
  { id, timeMs, productId, sourceId }: Inspection,
  { cause, ng, parts, partIds }: MetRule,
  how: Pick<NewStop, 'isRaised' | 'alsoBefore'>,
): NewStop {
  return { ...how, productId, sourceId, timeMs, partId: id, cause, ng, parts, partIds };
}

function hasNone({ share, consecutive }: StopRules): boolean {
  return share === null && consecutive === null;
}
