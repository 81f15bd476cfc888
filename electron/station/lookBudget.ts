import { smoothingLimits, type ProductSmoothing } from '../contract/smoothing.ts';

/** How slowly a long time is forgotten. */
const memory = 0.9;

/**
 * A product's budget is for the whole verdict, from the part's arrival to its record. What the engine does not see of it
 * (the way there and back, keeping the picture, the record) is taken off what it may look for.
 */
export class LookBudget {
  #aroundMs = 0;

  /** A part that was looked at again took so long beside its looks. */
  note(aroundMs: number): void {
    this.#aroundMs = Math.max(aroundMs, memory * this.#aroundMs + (1 - memory) * aroundMs);
  }

  /** What the engine is asked for. */
  within(smoothing: ProductSmoothing): ProductSmoothing {
    const leftMs = Math.floor(smoothing.budgetMs - this.#aroundMs);
    return { ...smoothing, budgetMs: Math.max(smoothingLimits.budgetMs.min, leftMs) };
  }
}
