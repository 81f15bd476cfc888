import type { Inspection, Model } from '../../contract/domain.ts';
import { decide, isSamePair, type Verdict } from '../../contract/verdict.ts';

/**
 * What a part would have been by one look and by the thresholds its model had before they were changed last. A part
 * without a score stays what it was; one judged by thresholds of its defect type's own keeps those.
 */
export function verdictBefore(
  { score, thresholds, verdict }: Pick<Inspection, 'score' | 'thresholds' | 'verdict'>,
  model: Pick<Model, 'thresholds' | 'previousThresholds'> | undefined,
): Verdict {
  if (score === null || thresholds === null) return verdict;
  const isModels = model !== undefined && isSamePair(thresholds, model.thresholds);
  return decide(score, (isModels ? model.previousThresholds : undefined) ?? thresholds);
}
