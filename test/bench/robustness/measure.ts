import { calibrate, calibrationSides } from '../../../native-models/evaluate/calibrate.ts';
import type { Condition } from '../../../native-models/evaluate/conditions.ts';
import { evaluateModel, type EvaluateModelOptions } from '../../../native-models/evaluate/evaluateModel.ts';
import type { ModelEvaluation } from '../../../native-models/evaluate/modelEvaluation.ts';
import { siteConditions, siteCost } from '../../../native-models/evaluate/siteCost.ts';
import type { Model } from '../../../native-models/onnx/ir.ts';
import { seededRandom } from '../../../native-models/random.ts';
import type { FineTuneSettings } from '../../../native-models/training/robust/settings.ts';
import type { TrainingImage } from '../../../native-models/training/trainingImages.ts';
import { corruptions, costs, radii } from './methods.ts';

/** A model measured on the test side. Shares are 0..1. */
export interface Measured {
  readonly clean: number;
  /** Mean over corruptions and severities. */
  readonly disturbed: number;
  /** Judged right under PGD-20 alone, within the smallest radius; null = not attacked. */
  readonly pgd: number | null;
  /** By radius: judged right under PGD-20, APGD-CE-20 and APGD-margin-20; empty = not attacked. */
  readonly robust: readonly number[];
  /** Per 1,000 parts under the site's mix without attacks, thresholds chosen on other images; null without a class OK. */
  readonly cost: number | null;
  /** False alarms at the threshold that detects as many as `detection` says, under the site's mix; null as above. */
  readonly falseAlarms: number | null;
  /** Defective parts over that threshold, under the site's mix; null as above. */
  readonly detection: number | null;
}

const attackSteps = { pgd: 20, 'apgd-ce': 20, 'apgd-margin': 20 };
/** Of each class of the test side. */
const calibrationShare = 0.3;

/** @param detection at which false alarms are compared; absent: that at which this model costs least */
export async function measure(
  model: Model,
  images: readonly TrainingImage[],
  { seed, site, attacks }: Pick<FineTuneSettings, 'seed' | 'site'> & { readonly attacks: boolean },
  detection?: number | null,
): Promise<Measured> {
  // What the line shows, which no one attacks.
  const line = { site, costs: { ...costs, attackWeight: 0 } };
  const test = images.filter(({ split }) => split === 'test');
  const [measured, calibration] = calibrationSides(test, calibrationShare, seed);
  const hasGood = test.some(({ label }) => label === 'ok');
  const options: EvaluateModelOptions = {
    images: hasGood ? measured : test,
    corruptions,
    attacks: attacks
      ? {
          ...{ attacks: Object.keys(attackSteps), norm: 'linf', epsilons: radii, steps: attackSteps },
          // The table is of classes, as papers have it, and its line is not attacked.
          verdicts: false,
        }
      : null,
    ...{ batch: 16, seed, session: {} },
  };
  const disturbances = site.flatMap(({ disturbance }) => (disturbance ? [disturbance] : []));
  const chosen = hasGood
    ? await calibrate(model, { ...options, images: calibration, disturbances, attacks: null }, line)
    : null;
  const evaluation = await evaluateModel(model, { ...options, thresholds: chosen?.thresholds ?? null });
  const resampling = { replicates: 200, random: seededRandom(seed) };
  const conditions = siteConditions(evaluation, line);
  const chosenAt = chosen?.thresholds?.review;
  const own = conditions && chosenAt !== undefined ? detectionAt(conditions, chosenAt) : null;
  const compared = detection ?? own;
  return {
    clean: evaluation.cleanAccuracy!.value,
    disturbed: evaluation.corruptionAccuracy!,
    pgd: attacks ? underPgd(evaluation) : null,
    robust: evaluation.robust.map(({ accuracy }) => accuracy.value),
    cost: siteCost(evaluation, line, resampling)?.value ?? null,
    falseAlarms: conditions && compared !== null ? falseAlarmsAt(conditions, compared) : null,
    detection: compared,
  };
}

/** Within the smallest radius; at larger ones it is not known whether PGD alone had got there too. */
function underPgd({ robust, images }: ModelEvaluation): number {
  const { accuracy, brokenBy } = robust[0]!;
  const later = Object.entries(brokenBy).reduce((sum, [attack, count]) => {
    return attack === 'pgd' ? sum : sum + count;
  }, 0);
  return accuracy.value + later / images.length;
}

/** Good parts called defective at the threshold that this share of the defective ones reach, under a mix of conditions. */
function falseAlarmsAt(conditions: readonly Condition[], share: number): number {
  let reached = 0;
  const threshold = scoresOf(conditions, 'defective')
    .sort((a, b) => b.score - a.score)
    .find(({ weight }) => (reached += weight) >= share - 1e-9)!.score;
  return shareFrom(scoresOf(conditions, 'good'), threshold);
}

/** Share of defective parts over a threshold, under a mix of conditions. */
function detectionAt(conditions: readonly Condition[], threshold: number): number {
  return shareFrom(scoresOf(conditions, 'defective'), threshold);
}

interface WeightedScore {
  readonly score: number;
  readonly weight: number;
}

/** Scores of the good or the defective parts; weights sum up to 1. */
function scoresOf(conditions: readonly Condition[], kind: 'good' | 'defective'): WeightedScore[] {
  return conditions.flatMap(({ weight, scores }) => {
    const own = scores.filter(({ label }) => (label === 'ok') === (kind === 'good'));
    return own.map(({ score }) => ({ score: score ?? Infinity, weight: weight / own.length }));
  });
}

function shareFrom(scores: readonly WeightedScore[], threshold: number): number {
  return scores.reduce((sum, { score, weight }) => sum + (score >= threshold ? weight : 0), 0);
}
