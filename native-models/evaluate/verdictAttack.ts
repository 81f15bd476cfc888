import { attacks } from '../attacks/index.ts';
import { reviewDepth } from '../attacks/attackedModel.ts';
import type { Victim } from '../attacks/victim.ts';
import { goodLabel } from './evaluateDetector.ts';
import type { ProbedBatch } from './flags.ts';
import { attackBatch, type AttackPlan, type BatchUnderAttack } from './robustness.ts';
import type { Subject } from './subject.ts';

type Labelled = readonly { readonly label: string }[];

/**
 * Margin up to which each image is driven: until its verdict is the worst there is for it. Of a defective part that is
 * OK, beyond the band of review; of a good one NG, which is where it is misjudged.
 * @param isVerdict whether the logits attacked are those of the verdict
 */
export function enoughFor({ kind, limits, types }: Subject, images: Labelled, isVerdict: boolean): number[] {
  const isOfClasses = kind === 'classifier' || types.length > 0;
  const depth = isVerdict ? reviewDepth(limits, isOfClasses) : 0;
  return images.map(({ label }) => (label === goodLabel ? 0 : depth));
}

/**
 * Attacks the verdict of a classifier whatever its classes say: a defect taken for another one is still stopped, and a
 * part may pass at a threshold while its class is right.
 * @param victim the verdict alone, see `Subject.ofVerdict`
 */
export function attackVerdicts(
  batch: ProbedBatch,
  victim: Victim,
  plan: AttackPlan,
  images: Labelled,
  enough: readonly number[],
): Promise<BatchUnderAttack[]> {
  const labels = images.map(({ label }) => Number(label !== goodLabel));
  return attackBatch({ ...batch, victim, labels }, withoutRatios(plan, victim.classes), enough);
}

const marginAttack = 'apgd-margin';

/** The DLR losses need more classes than OK and NG: the margin stands in for them. */
function withoutRatios(plan: AttackPlan, classes: number): AttackPlan {
  const stands = (name: string) => (attacks.get(name)?.minimumClasses ?? 0) > classes;
  const [replaced] = plan.attacks.filter(stands);
  if (replaced === undefined) return plan;
  const steps = plan.steps?.[marginAttack] ?? plan.steps?.[replaced];
  return {
    ...plan,
    attacks: [...new Set(plan.attacks.map((name) => (stands(name) ? marginAttack : name)))],
    steps: { ...plan.steps, ...(steps === undefined ? {} : { [marginAttack]: steps }) },
  };
}
