import type { StopCause, StopRules } from '../../contract/lineStops.ts';
import { StopWindow } from './stopWindow.ts';

/** A part as the rules see it. */
export interface WatchedPart {
  readonly id: number;
  readonly isNg: boolean;
  /** It would have been NG by the thresholds before. */
  readonly wasNg: boolean;
}

/** A rule that was met. */
export interface MetRule {
  readonly cause: Exclude<StopCause, 'drift'>;
  readonly ng: number;
  readonly parts: number;
  /** The NG parts counted, oldest first. */
  readonly partIds: readonly number[];
}

export interface Watched {
  /** The line is to be stopped. */
  readonly raised: MetRule | null;
  /** The thresholds before meet a rule with this part. */
  readonly before: MetRule | null;
  /** They met one so shortly before that it is the same trouble: ids given to `expect`. */
  readonly met: readonly number[];
}

interface RuleWindows {
  readonly cause: MetRule['cause'];
  readonly now: StopWindow;
  readonly before: StopWindow;
}

/**
 * The rules of one source over its parts in order. Beside the verdicts it follows those of the thresholds before, which
 * count anew whenever they meet a rule, as a line does that is stopped and goes on.
 */
export class SourceWatch {
  readonly #rules: RuleWindows[];
  /** Rules met by the thresholds before only, and at which part: until the same trouble cannot raise a stop any more. */
  #expected: Array<{ id: number; place: number; parts: number }> = [];
  #place = 0;

  constructor({ share, consecutive }: StopRules) {
    const windows = (cause: MetRule['cause'], ng: number, parts: number): RuleWindows => ({
      ...{ cause, now: new StopWindow(ng, parts), before: new StopWindow(ng, parts) },
    });
    this.#rules = [
      ...(share === null ? [] : [windows('share', share.ng, share.parts)]),
      ...(consecutive === null ? [] : [windows('consecutive', consecutive, consecutive)]),
    ];
  }

  /** Parts that a rule can look back on; 0 without rules. */
  get reach(): number {
    return Math.max(0, ...this.#rules.map(({ now }) => now.parts));
  }

  /** @param skipBefore the thresholds before have counted this part already */
  add(part: WatchedPart, skipBefore = false): Watched {
    this.#place++;
    const raised = this.#metBy('now', part.id, part.isNg);
    const before = skipBefore ? null : this.#metBy('before', part.id, part.wasNg);
    this.#expected = this.#expected.filter(({ place, parts }) => this.#place - place < parts);
    const met = raised === null ? [] : this.#expected.map(({ id }) => id);
    if (raised !== null) this.clear();
    else if (before !== null) for (const { before: window } of this.#rules) window.clear();
    return { raised, before, met };
  }

  /** A rule that only the thresholds before have met, with the last part or with one that many parts ago. */
  expect(id: number, parts: number): void {
    this.#expected.push({ id, place: this.#place, parts });
  }

  /** The line was stopped: all counts start anew. */
  clear(): void {
    for (const { now, before } of this.#rules) {
      now.clear();
      before.clear();
    }
    this.#expected = [];
  }

  #metBy(which: 'now' | 'before', id: number, isNg: boolean): MetRule | null {
    let met: MetRule | null = null;
    for (const rule of this.#rules) {
      const { ng, parts } = rule[which];
      const partIds = rule[which].add(id, isNg);
      if (partIds !== null) met ??= { cause: rule.cause, ng, parts, partIds };
    }
    return met;
  }
}
