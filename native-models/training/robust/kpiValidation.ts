import { rowOf } from '../../attacks/task.ts';
import { isSafe, verdictOf, type Limits } from '../../detectors/verdict.ts';
import { unmetCeilings } from '../../evaluate/ceilings.ts';
import { chooseThresholds, type ChosenThresholds } from '../../evaluate/chooseThresholds.ts';
import { scoredParts, type Condition, type ScoredPart } from '../../evaluate/conditions.ts';
import type { CostModel } from '../../evaluate/costs.ts';
import { escapeRates, type EscapeRates } from '../../evaluate/escapeRates.ts';
import { goodLabel } from '../../evaluate/evaluateDetector.ts';
import { expectedCost, smoothedCost } from '../../evaluate/expectedCost.ts';
import type { Subject } from '../../evaluate/subject.ts';
import { seededRandom } from '../../random.ts';
import { crossEntropyOf, largest } from '../logits.ts';
import type { Parameters } from '../parameters.ts';
import type { SurveyedImage } from '../trainingImages.ts';
import { blameOf, type Blame } from './blame.ts';
import type { JudgedPart } from './changedParts.ts';
import type { KpiFigures } from './kpiFigures.ts';
import { attackName, cleanName, judgeMix, type Judged, type MixAttack, type MixOptions } from './mixJudge.ts';
import { isMemory, type FineTuneSettings } from './settings.ts';

export interface KpiOptions extends MixOptions {
  readonly settings: MixOptions['settings'] & Pick<FineTuneSettings, 'attackSteps' | 'objective'>;
  /** Look at each image under PGD too. */
  readonly underAttack: boolean;
  /** Thresholds are chosen on these; empty = the validation images must do, and the cost flatters a little. */
  readonly calibration: readonly SurveyedImage[];
  readonly validation: readonly SurveyedImage[];
}

type Figures = Omit<KpiFigures, 'flops'>;

/** What a network says under every condition; null where thresholds are chosen on the images held back. */
interface Seen {
  readonly heldBack: readonly Judged[];
  readonly calibration: readonly Judged[] | null;
}

interface How {
  readonly isFinal: boolean;
  readonly against: KpiFigures | null;
  /** Thresholds; null = chosen. */
  readonly at: Limits | null;
}

/** Draws of the bootstrap behind an interval. */
const resamplings = 500;
/** Steps of the attack that epochs are compared under: a whole one at each would cost more than the training. */
const validationSteps = 4;

/** The attack in the validation of an epoch. */
export function attackOfEpochs({ attackSteps }: Pick<FineTuneSettings, 'attackSteps'>): MixAttack {
  return { steps: Math.min(validationSteps, attackSteps), isWhole: false };
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

  /**
   * @param isFinal whether the figures are to be reported: under the whole attack, with an interval of the cost
   * @param against of the model in use, see `measureGiven`: what it does not let pass is a ceiling; null = there is none
   */
  async measure(
    parameters: Parameters,
    { isFinal = false, against }: { readonly isFinal?: boolean; readonly against: KpiFigures | null },
  ): Promise<KpiFigures> {
    const { seen, flops } = await this.look(parameters, isFinal);
    return { ...this.judged(seen, { isFinal, against, at: null }), flops };
  }

  /**
   * Measures the model in use at the thresholds it is judged by, which is what a candidate has to be held against, and
   * at thresholds chosen as a candidate's are, which is what these alone are worth. Both cost the looks of one.
   * @param thresholds null = not in use anywhere: only chosen ones
   */
  async measureGiven(
    parameters: Parameters,
    thresholds: Limits | null,
    isFinal = false,
  ): Promise<{ readonly given: KpiFigures; readonly rethresholded: KpiFigures | null }> {
    const { seen, flops } = await this.look(parameters, isFinal);
    const at = (own: Limits | null): KpiFigures => {
      return { ...this.judged(seen, { isFinal, against: null, at: own }), flops };
    };
    const given = at(thresholds);
    return { given, rethresholded: thresholds && given.thresholds && at(null) };
  }

  /** What these weights say of every image. */
  private async look(
    parameters: Parameters,
    isFinal: boolean,
  ): Promise<{ readonly seen: Seen; readonly flops: number }> {
    const { victim, verdict, validation, calibration, settings, underAttack } = this.options;
    victim.use(parameters);
    verdict?.use(parameters);
    const spent = () => victim.cost.flops + (verdict?.cost.flops ?? 0);
    const before = spent();
    const attack = isFinal ? { steps: settings.attackSteps, isWhole: true } : attackOfEpochs(settings);
    const judge = (images: readonly SurveyedImage[], set: string) =>
      judgeMix(this.options, images, set, underAttack ? attack : null);
    const heldBack = await judge(validation, 'validation');
    const isCalibrated = calibration.length > 0 && this.options.subject.hasScore;
    const seen = { heldBack, calibration: isCalibrated ? await judge(calibration, 'calibration') : null };
    return { seen, flops: spent() - before };
  }

  private judged(seen: Seen, how: How): Figures {
    return this.options.subject.hasScore ? this.scored(seen, how) : this.classed(seen.heldBack);
  }

  private scored(
    { heldBack: judged, calibration: calibrated }: Seen,
    { isFinal, against, at }: How,
  ): Figures {
    const { settings, validation, calibration } = this.options;
    const costs: CostModel = settings.costs;
    const conditions = this.conditions(judged, validation);
    const own = calibrated ? this.conditions(calibrated, calibration) : conditions;
    const most = against?.escapes ?? null;
    const chosen = at ? null : this.chosen(own, most?.calibration ?? null);
    const thresholds = at ?? chosen!.thresholds;
    const [parts, ownParts] = [scoredParts(conditions, costs), scoredParts(own, costs)];
    const unmet = unmetCeilings(parts, thresholds, costs, { escapes: most?.heldBack ?? null });
    const ownUnmet =
      chosen?.unmet ?? unmetCeilings(ownParts, thresholds, costs, { escapes: most?.calibration ?? null });
    const resampling = { replicates: resamplings, random: seededRandom(settings.seed).fork('bootstrap') };
    const cost = expectedCost(conditions, thresholds, costs, isFinal ? resampling : undefined);
    const right = ({ scores }: Condition) => rightShare(scores, thresholds);
    const strata = new Map(parts.strata.map((stratum) => [stratum.label, stratum]));
    return {
      ...this.accuracies(conditions, right),
      cost: cost.value,
      costInterval: cost.interval,
      smoothedCost: this.areFew ? smoothedCost(conditions, thresholds, costs) : null,
      falseAlarmRate: cost.falseAlarmRate,
      escapeRate: cost.escapeRate,
      thresholds,
      chosen,
      escapes: {
        calibration: escapeRates(ownParts, thresholds),
        heldBack: escapeRates(parts, thresholds),
      },
      breaches: [
        ...ownUnmet.map((each) => ({ ...each, on: 'calibration' as const })),
        ...(calibrated ? unmet.map((each) => ({ ...each, on: 'heldBack' as const })) : []),
      ],
      claims: cost.claims,
      parts: this.parts(judged, thresholds),
      loss: this.lossOf(judged),
      blame: this.blame(judged, (image, row, each) => {
        const { score, type } = this.read(each, row);
        const verdict = verdictOf(score ?? NaN, thresholds, type);
        const { share, units, escapeCost } = strata.get(image.label)!;
        // Parts of the line that an image of this kind stands for.
        const times = (share * validation.length) / units.flat().length;
        if (verdict === 'REVIEW') return times * costs.review;
        if (isSafe(verdict, image.label === goodLabel)) return 0;
        return times * (verdict === 'NG' ? costs.falseAlarm : escapeCost);
      }),
    };
  }

  private chosen(conditions: readonly Condition[], escapes: EscapeRates | null): ChosenThresholds {
    const { settings, subject } = this.options;
    const { costs, seed } = settings;
    const random = seededRandom(seed).fork('thresholds');
    const review = costs.review < costs.falseAlarm;
    const { areFew } = this;
    return chooseThresholds(conditions, costs, { random, review, areFew, escapes, types: subject.types });
  }

  /** A memory is learned from what a line keeps, and defective parts are few there. */
  private get areFew(): boolean {
    return isMemory(this.options.settings);
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
      smoothedCost: null,
      falseAlarmRate: null,
      escapeRate: null,
      thresholds: null,
      chosen: null,
      escapes: null,
      breaches: [],
      claims: [],
      parts: this.parts(judged, null),
      loss: this.lossOf(judged),
      blame: this.blame(judged, (image, row, { logits }) => {
        return largest(rowOf(logits, row, victim.classes)) === subject.classOf(image) ? 0 : 1;
      }),
    };
  }

  private blame(
    judged: readonly Judged[],
    costOf: (image: SurveyedImage, row: number, judged: Judged) => number,
  ): Blame {
    const { validation } = this.options;
    return blameOf(
      judged.flatMap((each) =>
        validation.map((image, row) => ({
          label: image.label,
          disturbance: each.disturbances[row] ?? null,
          cost: costOf(image, row, each),
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
    return judged.map((each) => ({
      name: each.name,
      weight: each.weight,
      scores: images.map(({ label, group }, row): ScoredPart => ({ label, group, ...this.read(each, row) })),
    }));
  }

  /** Score and type of an image under one condition; no score where it lies beyond the model's correction. */
  private read({ readings, beyond }: Judged, row: number): ReturnType<Subject['read']> {
    const { subject, victim } = this.options;
    return beyond[row] ? { score: null, type: null } : subject.read(rowOf(readings, row, victim.width));
  }

  /** @param thresholds null where there is no score: the class stands for the verdict */
  private parts(judged: readonly Judged[], thresholds: Limits | null): JudgedPart[] {
    const { subject, validation, victim } = this.options;
    const clean = cleanOf(judged);
    return validation.map(({ name, label }, row) => {
      if (!thresholds) {
        const own = rowOf(clean.logits, row, victim.classes);
        return { name, label, said: subject.labels[largest(own)]!, score: null };
      }
      const { score, type } = this.read(clean, row);
      return { name, label, said: verdictOf(score ?? NaN, thresholds, type), score };
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

function rightShare(scores: readonly ScoredPart[], limits: Limits): number {
  const right = scores.filter(({ label, score, type }) => {
    return verdictOf(score ?? NaN, limits, type) === (label === goodLabel ? 'OK' : 'NG');
  });
  return right.length / scores.length;
}
