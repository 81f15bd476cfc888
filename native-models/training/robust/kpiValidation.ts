import { norms } from '../../attacks/norms/index.ts';
import { climb } from '../../attacks/pgd.ts';
import { rowOf } from '../../attacks/task.ts';
import type { Victim } from '../../attacks/victim.ts';
import type { Thresholds } from '../../detectors/card.ts';
import { chooseThresholds, type ChosenThresholds } from '../../evaluate/chooseThresholds.ts';
import type { Condition, ScoredPart } from '../../evaluate/conditions.ts';
import type { CostModel } from '../../evaluate/costs.ts';
import { goodLabel } from '../../evaluate/evaluateDetector.ts';
import { expectedCost } from '../../evaluate/expectedCost.ts';
import type { Subject } from '../../evaluate/subject.ts';
import { corrupt } from '../../images/corruptions/index.ts';
import { conditionName, sampleDisturbance, type SiteProfile } from '../../images/site/profile.ts';
import { hash32, seededRandom, type Random } from '../../random.ts';
import { stretchesOf } from '../batches.ts';
import { checkCancelled } from '../cancel.ts';
import type { Parameters } from '../parameters.ts';
import type { Validated } from '../trainerOptions.ts';
import type { SurveyedImage } from '../trainingImages.ts';
import { pixelsOf } from '../../evaluate/pixelSource.ts';
import { blameFigures, blameOf, type Blame } from './blame.ts';
import type { PictureCache } from './robustSource.ts';
import type { FineTuneSettings } from './settings.ts';

export interface KpiOptions {
  readonly subject: Subject;
  /** Of whole images, with the trained initializers free; owned by the caller. */
  readonly victim: Victim;
  readonly pictures: PictureCache;
  /** Thresholds are chosen on these; empty = the validation images must do, and the cost flatters a little. */
  readonly calibration: readonly SurveyedImage[];
  readonly validation: readonly SurveyedImage[];
  readonly settings: Pick<FineTuneSettings, 'site' | 'costs' | 'norm' | 'epsilon' | 'attackSteps' | 'seed'>;
  /** Measure robust accuracy under PGD too. */
  readonly underAttack: boolean;
  readonly batch: number;
  readonly signal?: AbortSignal | undefined;
}

/** What weights are worth to the plant. */
export interface KpiFigures {
  /** Undisturbed images judged right, 0..1. */
  readonly clean: number;
  /** The same images under the site's disturbances, 0..1. */
  readonly site: number;
  /** The same under PGD; null where it was not asked for. */
  readonly robust: number | null;
  /** Expected cost per 1,000 parts under the site's mix; of a classifier without a class for OK, errors per 1,000. */
  readonly cost: number;
  readonly costInterval: readonly [number, number] | null;
  /** Good parts called NG and defective parts called OK under the mix, 0..1; null without such parts or class. */
  readonly falseAlarmRate: number | null;
  readonly escapeRate: number | null;
  readonly thresholds: Thresholds | null;
  readonly chosen: ChosenThresholds | null;
  /** Mean cross-entropy of undisturbed images. */
  readonly loss: number;
  /** Where the cost comes from. */
  readonly blame: Blame;
  /** Floating-point operations of measuring this. */
  readonly flops: number;
}

type Figures = Omit<KpiFigures, 'flops'>;

/** Looks at each image under the site's disturbances so many times, each time another one. */
const siteDraws = 4;
const attackName = 'attack';
const cleanName = 'clean';
/** Draws of the bootstrap behind an interval. */
const resamplings = 500;

interface Judged {
  readonly name: string;
  readonly weight: number;
  /** float32 [N, K] */
  readonly logits: Float32Array;
  /** What each image was seen under; null = undisturbed. */
  readonly disturbances: (string | null)[];
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

  /** The figures in the trainer's words. */
  async validate(parameters: Parameters): Promise<Validated> {
    const measured = await this.measure(parameters);
    const { clean, site, robust, cost, loss, falseAlarmRate, escapeRate, flops } = measured;
    const figures = {
      clean,
      site,
      ...(robust === null ? {} : { robust }),
      expectedCost: cost,
      ...(falseAlarmRate === null ? {} : { falseAlarmRate }),
      ...(escapeRate === null ? {} : { escapeRate }),
      ...blameFigures(measured.blame),
    };
    return { loss, accuracy: clean, cost, flops, figures };
  }

  /** @param interval whether to draw parts anew for an interval of the cost */
  async measure(parameters: Parameters, interval = false): Promise<KpiFigures> {
    const { victim, validation, calibration, subject } = this.options;
    victim.use(parameters);
    const before = victim.cost.flops;
    const hasScore = subject.scoreOf(new Float32Array(victim.classes)) !== null;
    const judged = await this.judge(validation, 'validation');
    const own = calibration.length > 0 && hasScore ? await this.judge(calibration, 'calibration') : null;
    const figures = hasScore
      ? this.scored(judged, own ?? judged, own ? calibration : validation, interval)
      : this.classed(judged);
    return { ...figures, flops: victim.cost.flops - before };
  }

  private scored(
    judged: readonly Judged[],
    calibrated: readonly Judged[],
    calibration: readonly SurveyedImage[],
    interval: boolean,
  ): Figures {
    const { settings, validation, subject } = this.options;
    const costs: CostModel = settings.costs;
    const random = seededRandom(settings.seed).fork('thresholds');
    const review = costs.review < costs.falseAlarm;
    const chosen = chooseThresholds(this.conditions(calibrated, calibration), costs, { random, review });
    const conditions = this.conditions(judged, validation);
    const resampling = { replicates: resamplings, random: seededRandom(settings.seed).fork('bootstrap') };
    const cost = expectedCost(conditions, chosen.thresholds, costs, interval ? resampling : undefined);
    const right = ({ scores }: Condition) => rightShare(scores, chosen.thresholds);
    return {
      ...this.accuracies(conditions, right),
      cost: cost.value,
      costInterval: cost.interval,
      falseAlarmRate: cost.falseAlarmRate,
      escapeRate: cost.escapeRate,
      thresholds: chosen.thresholds,
      chosen,
      loss: this.lossOf(judged),
      blame: this.blame(judged, (image, logits) => {
        const score = subject.scoreOf(logits)!;
        const { ng, review: low } = chosen.thresholds;
        if (score >= low && score < ng) return costs.review;
        if (image.label === goodLabel) return score >= ng ? costs.falseAlarm : 0;
        return score < low ? (costs.escapeByType[image.label] ?? costs.escape) : 0;
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
    return judged.map(({ name, weight, logits }) => ({
      name,
      weight,
      scores: images.map(({ label, group }, row): ScoredPart => {
        return { label, group, score: subject.scoreOf(rowOf(logits, row, victim.classes)) };
      }),
    }));
  }

  private lossOf(judged: readonly Judged[]): number {
    const { subject, validation, victim } = this.options;
    const { logits } = judged.find(({ name }) => name === cleanName)!;
    const losses = validation.map((image, row) => {
      const own = rowOf(logits, row, victim.classes);
      const top = Math.max(...own);
      const total = own.reduce((sum, value) => sum + Math.exp(value - top), 0);
      return Math.log(total) + top - own[subject.classOf(image)]!;
    });
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  }

  /** Logits of every image under every condition of the mix. */
  private async judge(images: readonly SurveyedImage[], set: string): Promise<Judged[]> {
    const { settings, victim, underAttack, subject, signal, batch } = this.options;
    const { site, costs } = settings;
    const attacked = underAttack ? costs.attackWeight : 0;
    const cleanWeight = site.reduce((sum, { disturbance, weight }) => sum + (disturbance ? 0 : weight), 0);
    const others = only(site);
    const draws = others.length === 0 ? 0 : siteDraws;
    const conditions: Judged[] = [
      { name: cleanName, weight: (1 - attacked) * (draws === 0 ? 1 : cleanWeight) },
      ...Array.from({ length: draws }, (_, draw) => {
        return { name: `site ${draw + 1}`, weight: ((1 - attacked) * (1 - cleanWeight)) / draws };
      }),
      ...(underAttack ? [{ name: attackName, weight: attacked }] : []),
    ].map((each) => ({
      ...each,
      logits: new Float32Array(images.length * victim.classes),
      disturbances: [],
    }));
    for (const { start, end } of stretchesOf(0, images.length, batch)) {
      const part = images.slice(start, end);
      const labels = part.map((image) => subject.classOf(image));
      const random = seededRandom(settings.seed).fork(`${set} ${start}`);
      const clean = await this.pixels(part, null, [], random);
      for (const { name, logits, disturbances } of conditions) {
        checkCancelled(signal);
        const pixels =
          name === cleanName
            ? clean
            : name === attackName
              ? await this.attacked(clean, labels, random.fork(name))
              : await this.pixels(part, { name, disturbances }, others, random.fork(name));
        logits.set(await victim.logits(pixels), start * victim.classes);
      }
    }
    return conditions;
  }

  private async pixels(
    images: readonly SurveyedImage[],
    draw: { readonly name: string; readonly disturbances: (string | null)[] } | null,
    others: SiteProfile,
    random: Random,
  ): Promise<Float32Array> {
    const { pictures, victim, settings } = this.options;
    const disturbances = images.map((_, row) => draw && sampleDisturbance(others, random.fork(row)));
    draw?.disturbances.push(...disturbances.map((each) => each && conditionName(each)));
    const drawn = await Promise.all(
      images.map(async (image, row) => {
        const picture = await pictures.load(image);
        const disturbance = disturbances[row];
        if (!disturbance) return picture;
        const seed = hash32(`${settings.seed}/${draw!.name}/${image.sha256}`);
        return corrupt(picture, disturbance.corruption, disturbance.severity, seed);
      }),
    );
    return pixelsOf(drawn, victim.shape);
  }

  private async attacked(
    clean: Float32Array,
    labels: readonly number[],
    random: Random,
  ): Promise<Float32Array> {
    const { victim, settings, signal } = this.options;
    const { norm, epsilon, attackSteps: steps } = settings;
    const { last } = await climb(
      { victim, clean, labels, norm: norms[norm], epsilon, random, signal, stopWhenBroken: false },
      { steps, restarts: 1, stepSize: (2.5 * epsilon) / steps, start: 'ball', judgesLast: false },
    );
    return last;
  }
}

/** The disturbed part of a mix, its weights brought to a sum of 1. */
function only(site: SiteProfile): SiteProfile {
  const disturbed = site.filter(({ disturbance, weight }) => disturbance !== null && weight > 0);
  const total = disturbed.reduce((sum, { weight }) => sum + weight, 0);
  return disturbed.map(({ disturbance, weight }) => ({ disturbance, weight: weight / total }));
}

function rightShare(scores: readonly ScoredPart[], { ng, review }: Thresholds): number {
  const right = scores.filter(({ label, score }) => {
    return score !== null && (label === goodLabel ? score < review : score >= ng);
  });
  return right.length / scores.length;
}

function largest(values: Float32Array): number {
  let at = 0;
  for (let k = 1; k < values.length; k++) if (values[k]! > values[at]!) at = k;
  return at;
}
