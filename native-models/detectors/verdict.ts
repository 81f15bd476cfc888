import type { Thresholds } from './card.ts';

export type Verdict = 'OK' | 'NG' | 'REVIEW';

/** What scores are judged by. */
export interface Limits extends Thresholds {
  /** Of single defect types, by their name; a part that looks most like another is judged by the pair above. */
  readonly byType?: Readonly<Record<string, Thresholds>> | undefined;
}

/** What a model or its card is judged by. */
export function limitsOf({
  thresholds,
  thresholdsByLabel,
}: {
  readonly thresholds: Thresholds;
  readonly thresholdsByLabel?: Readonly<Record<string, Thresholds>> | null | undefined;
}): Limits {
  const { review, ng } = thresholds;
  const isByType = thresholdsByLabel && Object.keys(thresholdsByLabel).length > 0;
  return isByType ? { review, ng, byType: thresholdsByLabel } : { review, ng };
}

/** The thresholds that decide on a part. @param type its likeliest defect type; null = the model names none */
export function limitsFor(limits: Limits, type: string | null): Thresholds {
  const { byType } = limits;
  return (type !== null && byType && Object.hasOwn(byType, type) && byType[type]) || limits;
}

/**
 * What a score means: on the line, in evaluation and in training alike. Fail safe: a score that is not a finite number
 * is never OK.
 * @param type likeliest defect type of the part; null = the model names none
 */
export function verdictOf(score: number, limits: Limits, type: string | null = null): Verdict {
  if (!Number.isFinite(score)) return 'REVIEW';
  const { review, ng } = limitsFor(limits, type);
  if (score >= ng) return 'NG';
  return score < review ? 'OK' : 'REVIEW';
}

/** Whether a verdict is what the line needs: good parts pass, and defective ones do not. */
export function isSafe(verdict: Verdict, isGood: boolean): boolean {
  return (verdict === 'OK') === isGood;
}
