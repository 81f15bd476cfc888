import { lowerBound, upperTail } from '../statistics/binomial.ts';
import type { Answer, Boundary, LookTest } from './lookTest.ts';

/**
 * Exact tests (Clopper & Pearson) of all looks so far at the end of each stage, at error alpha over the number of
 * stages (Bonferroni). With one stage this is the rule of Cohen et al. (arXiv 1902.02918).
 */
export class StagedTest implements LookTest {
  answer: Answer = 'open';
  hits = 0;
  looks = 0;
  private readonly stageAlpha: number;
  private readonly boundary: Boundary;
  /** Looks at which the stages to come end. */
  private readonly ends: number[];
  private best = 0;

  /** @param ends looks at the end of each stage, ascending */
  constructor(alpha: number, boundary: Boundary, ends: readonly number[]) {
    this.stageAlpha = alpha / ends.length;
    this.boundary = boundary;
    this.ends = [...ends];
  }

  add(isHit: boolean): void {
    this.looks += 1;
    if (isHit) this.hits += 1;
    this.answer = 'open';
    if (this.looks === this.ends[0]) this.endStage();
  }

  soonest(within: number): number {
    const end = this.ends[0] ?? Infinity;
    return Math.min(within, end - this.looks);
  }

  lowerBound(): number {
    return this.best;
  }

  private endStage(): void {
    const { hits, looks, stageAlpha, boundary } = this;
    this.ends.shift();
    this.best = Math.max(this.best, lowerBound(hits, looks, stageAlpha));
    if (upperTail(hits, looks, boundary.p0) <= stageAlpha) this.answer = 'above';
    else if (upperTail(looks - hits, looks, boundary.q0) <= stageAlpha) this.answer = 'below';
  }
}

/** Stages that double in length from `first` on, the last of them cut at `looks`. */
export function doublingStages(first: number, looks: number): number[] {
  const ends: number[] = [];
  for (let end = first; end < looks; end *= 2) ends.push(end);
  return [...ends, looks];
}
