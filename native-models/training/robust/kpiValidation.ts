import { rowOf } from '../../attacks/task.ts';
import type { Thresholds } from '../../detectors/card.ts';
import { unmetCeilings } from '../../evaluate/ceilings.ts';
import { chooseThresholds } from '../../evaluate/chooseThresholds.ts';
import { scoredParts, type Condition, type ScoredPart } from '../../evaluate/conditions.ts';
import type { CostModel } from '../../evaluate/costs.ts';
import { escapeRates } from '../../evaluate/escapeRates.ts';
import { goodLabel, verdictOf } from '../../evaluate/evaluateDetector.ts';
import { expectedCost } from '../../evaluate/expectedCost.ts';
import { seededRandom } from '../../random.ts';
import { crossEntropyOf, largest } from '../logits.ts';
import type { Parameters } from '../parameters.ts';
import type { Validated } from '../trainerOptions.ts';
import type { SurveyedImage } from '../trainingImages.ts';
import { blameOf, type Blame } from './blame.ts';
import type { JudgedPart } from './changedParts.ts';
import { validatedOf, type KpiFigures } from './kpiFigures.ts';
import { attackName, cleanName, judgeMix, type Judged, type MixOptions } from './mixJudge.ts';
import type { FineTuneSettings } from './settings.ts';

export interface KpiOptions extends MixOptions {
  readonly settings: MixOptions['settings'] & Pick<FineTuneSettings, 'attackSteps'>;
  /** Thresholds are chosen on these; empty = the validation images must do, and the cost flatters a little. */
  readonly calibration: readonly SurveyedImage[];
  readonly validation: readonly SurveyedImage[];
}

type Figures = Omit<KpiFigures, 'flops'>;

/** Draws of the bootstrap behind an interval. */
const resamplings = 500;
/** Steps of the attack that epochs are compared under: a whole one at each would cost more than the training. */
const validationSteps = 4;

/** Steps of the attack in the validation of an epoch. */
export function stepsOfValidation({ attackSteps }: Pick<FineTuneSettings, 'attackSteps'>): number {
  return Math.min(validationSteps, attackSteps);
}

/**
 * Judges weights by what their errors cost (method.md, section 5): thresholds from the calibration images, the cost at
 * these thresholds from the validation images, both under the site's mix. Disturbances are drawn once, so that epochs
 * are compared on the same pictures.
 */
export class KpiValidation {
  private readonly options: KpiOptions;

  constructor(options: KpiOptions) {
    this.options = options;
  }

  /** The figures in the trainer's words. @param against as in `measure` */
  async validate(parameters: Parameters, against: KpiFigures | null): Promise<Validated> {
    return validatedOf(await this.measure(parameters, { against }));
  }

  /**
   * @param isFinal whether the figures are to be reported: under the whole attack, with an interval of the cost
   * @param against of the model in use, measured alike: what it does not let pass is a ceiling; null = it is measured itself
   */
  async measure(
    parameters: Parameters,
    { isFinal = false, against }: { readonly isFinal?: boolean; readonly against: KpiFigures | null },
  ): Promise<KpiFigures> {
    const { victim, validation, calibration, subject, settings } = this.options;
    victim.use(parameters);
    const before = victim.cost.flops;
    const hasScore = subject.scoreOf(new Float32Array(victim.classes)) !== null;
    const steps = isFinal ? settings.attackSteps : stepsOfValidation(settings);
    const judge = (images: readonly SurveyedImage[], set: string) =>
      judgeMix(this.options, images, set, steps);
    const judged = await judge(validation, 'validation');
    const own = calibration.length > 0 && hasScore ? await judge(calibration, 'calibration') : null;
    const figures = hasScore ? this.scored(judged, own, { isFinal, against }) : this.classed(judged);
    return { ...figures, flops: victim.cost.flops - before };
  }

  private scored(
    judged: readonly Judged[],
    calibrated: readonly Judged[] | null,
    { isFinal, against }: { readonly isFinal: boolean; readonly against: KpiFigures | null },
  ): Figures {
    const { settings, validation, calibration, subject } = this.options;
    const costs: CostModel = settings.costs;
    const random = seededRandom(settings.seed).fork('thresholds');
    const review = costs.review < costs.falseAlarm;
    const conditions = this.conditions(judged, validation);
    const chosen = chooseThresholds(
      calibrated ? this.conditions(calibrated, calibration) : conditions,
      costs,
      { random, review, escapes: against?.chosen?.escapes ?? null },
    );
    const parts = scoredParts(conditions, costs);
    const unmet = unmetCeilings(parts, chosen.thresholds, costs, { escapes: against?.escapes ?? null });
    const resampling = { replicates: resamplings, random: seededRandom(settings.seed).fork('bootstrap') };
    const cost = expectedCost(conditions, chosen.thresholds, costs, isFinal ? resampling : undefined);
    const right = ({ scores }: Condition) => rightShare(scores, chosen.thresholds);
    const strata = new Map(parts.strata.map((stratum) => [stratum.label, stratum]));
    return {
      ...this.accuracies(conditions, right),
      cost: cost.value,
      costInterval: cost.interval,
      falseAlarmRate: cost.falseAlarmRate,
      escapeRate: cost.escapeRate,
      thresholds: chosen.thresholds,
      chosen,
      escapes: escapeRates(parts, chosen.thresholds),
      breaches: [
        ...chosen.unmet.map((each) => ({ ...each, on: 'calibration' as const })),
        ...(calibrated ? unmet.map((each) => ({ ...each, on: 'heldBack' as const })) : []),
      ],
      claims: cost.claims,
      parts: this.parts(judged, (score) => verdictOf(score, chosen.thresholds)),
      loss: this.lossOf(judged),
      blame: this.blame(judged, (image, logits) => {
        const score = subject.scoreOf(logits)!;
        const { ng, review: low } = chosen.thresholds;
        const { share, units, escapeCost } = strata.get(image.label)!;
        // Parts of the line that an image of this kind stands for.
        const times = (share * validation.length) / units.flat().length;
        if (score >= low && score < ng) return times * costs.review;
        if (image.label === goodLabel) return score >= ng ? times * costs.falseAlarm : 0;
        return score < low ? times * escapeCost : 0;
      }),
    };
  }

  private classed(judged: readonly Judged[]): Figures {
    const { subject, validation, victim } = this.options;
    const right = ({ logits }: Judged) => {
      const hits = validation.filter((image, row) => {
        return largest(rowOf(logits, row, victim.classes)) === subject.classOf(image);
      });
      return hits.length / validation.length;
    };
    const weights = judged.reduce((sum, { weight }) => sum + weight, 0);
    const errors = judged.reduce((sum, each) => sum + each.weight * (1 - right(each)), 0) / weights;
    return {
      ...this.accuracies(judged, right),
      cost: 1000 * errors,
      costInterval: null,
      falseAlarmRate: null,
      escapeRate: null,
      thresholds: null,
      chosen: null,
      escapes: null,
      breaches: [],
      claims: [],
      parts: this.parts(judged, null),
      loss: this.lossOf(judged),
      blame: this.blame(judged, (image, logits) => (largest(logits) === subject.classOf(image) ? 0 : 1)),
    };
  }

  private blame(
    judged: readonly Judged[],
    costOf: (image: SurveyedImage, logits: Float32Array) => number,
  ): Blame {
    const { validation, victim } = this.options;
    return blameOf(
      judged.flatMap(({ logits, disturbances }) =>
        validation.map((image, row) => ({
          label: image.label,
          disturbance: disturbances[row] ?? null,
          cost: costOf(image, rowOf(logits, row, victim.classes)),
        })),
      ),
    );
  }

  private accuracies<Each extends { readonly name: string }>(
    conditions: readonly Each[],
    right: (condition: Each) => number,
  ): Pick<KpiFigures, 'clean' | 'site' | 'robust'> {
    const of = (name: string) => conditions.filter((condition) => condition.name.startsWith(name));
    const mean = (each: readonly Each[]) => each.reduce((sum, one) => sum + right(one), 0) / each.length;
    const disturbed = of('site');
    const attacked = of(attackName);
    const clean = mean(of(cleanName));
    return {
      clean,
      site: disturbed.length > 0 ? mean(disturbed) : clean,
      robust: attacked.length > 0 ? mean(attacked) : null,
    };
  }

  private conditions(judged: readonly Judged[], images: readonly SurveyedImage[]): Condition[] {
    const { subject, victim } = this.options;
    return judged.map(({ name, weight, logits, beyond }) => ({
      name,
      weight,
      scores: images.map(({ label, group }, row): ScoredPart => {
        const score = beyond[row] ? null : subject.scoreOf(rowOf(logits, row, victim.classes));
        return { label, group, score };
      }),
    }));
  }

  /** @param verdict of a score; null where there is no score: the class stands for it */
  private parts(judged: readonly Judged[], verdict: ((score: number) => string) | null): JudgedPart[] {
    const { subject, validation, victim } = this.options;
    const { logits } = cleanOf(judged);
    return validation.map(({ name, label }, row) => {
      const own = rowOf(logits, row, victim.classes);
      if (!verdict) return { name, label, said: subject.labels[largest(own)]!, score: null };
      const score = subject.scoreOf(own)!;
      return { name, label, said: verdict(score), score };
    });
  }

  private lossOf(judged: readonly Judged[]): number {
    const { subject, validation, victim } = this.options;
    const { logits } = cleanOf(judged);
    const losses = validation.map((image, row) => {
      return crossEntropyOf(rowOf(logits, row, victim.classes), subject.classOf(image));
    });
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  }
}

function cleanOf(judged: readonly Judged[]): Judged {
  return judged.find(({ name }) => name === cleanName)!;
}

function rightShare(scores: readonly ScoredPart[], { ng, review }: Thresholds): number {
  const right = scores.filter(({ label, score }) => {
    return score !== null && (label === goodLabel ? score < review : score >= ng);
  });
  return right.length / scores.length;
}
