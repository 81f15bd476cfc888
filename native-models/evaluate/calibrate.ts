import { attacks } from '../attacks/index.ts';
import type { Limits } from '../detectors/verdict.ts';
import type { Model } from '../onnx/ir.ts';
import { seededRandom } from '../random.ts';
import { stratifiedSplit } from '../training/split.ts';
import type { UnmetCeiling } from './ceilings.ts';
import { chooseThresholds, type ChosenThresholds } from './chooseThresholds.ts';
import { evaluateModel, type EvaluateModelOptions } from './evaluateModel.ts';
import type { AttackPlan } from './robustness.ts';
import { subjectOf } from './subject.ts';
import { siteConditions, type Line } from './siteCost.ts';

/** How thresholds were chosen, on images that nothing else is measured on. */
export interface Calibration {
  /** Null for a classifier without a class that means OK. */
  readonly thresholds: Limits | null;
  readonly basis: ChosenThresholds['basis'] | null;
  /** Ceilings that no thresholds keep on these images. */
  readonly unmet: readonly UnmetCeiling[];
  readonly images: number;
  readonly flops: number;
}

/**
 * Deals images to measuring and to calibration, class by class and whole groups together: the same for every model.
 * @param share of each class that calibrates, 0..1
 */
export function calibrationSides<Image extends { readonly label: string; readonly group: string | null }>(
  images: readonly Image[],
  share: number,
  seed: number,
): [measured: Image[], calibration: Image[]] {
  return stratifiedSplit(images, share, seededRandom(seed).fork('calibration'));
}

/**
 * The thresholds of lowest expected cost under the line's mix and the plant's ceilings.
 * @throws ModelError as `evaluateModel` and `chooseThresholds`
 */
export async function calibrate(
  model: Model,
  options: Omit<EvaluateModelOptions, 'corruptions' | 'thresholds' | 'toTheEnd'>,
  line: Line,
): Promise<Calibration> {
  const { costs } = line;
  const driven = costs.attackWeight > 0 && options.attacks ? followingGradients(options.attacks) : null;
  const evaluation = await evaluateModel(model, {
    ...options,
    corruptions: [],
    attacks: driven,
    toTheEnd: true,
  });
  const conditions = siteConditions(evaluation, line);
  const { images, unreadable, flops } = evaluation;
  const counted = { images: images.length + unreadable.length, flops };
  if (!conditions) return { thresholds: null, basis: null, unmet: [], ...counted };
  const { thresholds, basis, unmet } = chooseThresholds(conditions, costs, {
    random: seededRandom(options.seed).fork('thresholds'),
    review: costs.review < costs.falseAlarm,
    types: subjectOf(model).types,
  });
  return { thresholds, basis, unmet, ...counted };
}

/** Every image is driven to the end, where an attack without gradients takes thousands of looks to get. */
function followingGradients(plan: AttackPlan): AttackPlan {
  const names = plan.attacks.filter((name) => attacks.get(name)?.usesGradient ?? true);
  return names.length > 0 ? { ...plan, attacks: names } : plan;
}
