import type { Inspection } from '../../../electron/contract/domain.ts';
import type { Verdict } from '../../../electron/contract/verdict.ts';

/** What is read out: the newest part that needs somebody, and how many there were since what was read out before. */
export interface VerdictNews {
  readonly newest: Pick<Inspection, 'id' | 'label'> & { readonly verdict: Exclude<Verdict, 'OK'> };
  readonly ng: number;
  readonly review: number;
}

/** A line at speed delivers more verdicts than anybody can listen to. */
export const newsEveryMs = 5000;

/**
 * Gathers verdicts for those who listen instead of looking: OK is silence, and everything else is told together, at most
 * once in {@link newsEveryMs}.
 */
export class VerdictTeller {
  readonly #tell: (news: VerdictNews) => void;
  #heardId: number | null = null;
  #news: VerdictNews | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (news: VerdictNews) => void) {
    this.#tell = tell;
  }

  /** @param parts oldest first; those known already are not told again, nor are those of the first call. */
  hear(parts: readonly Inspection[]): void {
    const last = parts.at(-1)?.id;
    const heardId = this.#heardId;
    this.#heardId = Math.max(heardId ?? 0, last ?? 0);
    if (heardId === null) return;
    for (const { id, label, verdict } of parts) {
      if (id <= heardId || verdict === 'OK') continue;
      const { ng = 0, review = 0 } = this.#news ?? {};
      const counts = verdict === 'NG' ? { ng: ng + 1, review } : { ng, review: review + 1 };
      this.#news = { newest: { id, label, verdict }, ...counts };
    }
    if (this.#timer === undefined) this.#say();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #say(): void {
    this.#timer = undefined;
    if (this.#news === null) return;
    this.#tell(this.#news);
    this.#news = null;
    this.#timer = setTimeout(() => this.#say(), newsEveryMs);
  }
}
