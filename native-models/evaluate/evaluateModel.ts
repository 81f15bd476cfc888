import { verdictLabels } from '../attacks/attackedModel.ts';
import { Victim } from '../attacks/victim.ts';
import { isSafe, verdictOf, type Limits } from '../detectors/verdict.ts';
import { ModelError } from '../errors.ts';
import { corrupt } from '../images/corruptions/index.ts';
import { severities } from '../images/corruptions/corruption.ts';
import { pictureSeed, type Picture } from '../images/picture.ts';
import { conditionName, type Disturbance } from '../images/site/profile.ts';
import { countModel } from '../onnx/count.ts';
import type { Model } from '../onnx/ir.ts';
import { seededRandom } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { stretchesOf } from '../training/batches.ts';
import { checkCancelled } from '../training/cancel.ts';
import { largest } from '../training/logits.ts';
import { rowOf } from '../attacks/task.ts';
import {
  goodLabel,
  summarise,
  verdictRates,
  type EvaluatedImage,
  type LabelledLoader,
} from './evaluateDetector.ts';
import { disturbancesOf, type Disturbing } from './disturbances.ts';
import { probe, type SanityFlag } from './flags.ts';
import type { LabelledName, MeasuredCondition, ModelEvaluation, RobustAccuracy } from './modelEvaluation.ts';
import { judgedPixels, surveyPictures } from './pixelSource.ts';
import { wilsonRate } from './rates.ts';
import { attackBatch, type AttackPlan, type BatchUnderAttack } from './robustness.ts';
import { subjectOf, type Subject } from './subject.ts';
import { attackVerdicts, enoughFor } from './verdictAttack.ts';
import { calledBy, reviewColumn, typeMatrix, type TypeMatrix } from './typeMatrix.ts';

export interface EvaluateModelOptions extends Disturbing {
  readonly images: readonly LabelledLoader[];
  /** Instead of the model's own, of single defect types too. */
  readonly thresholds?: Limits | null;
  /** Drive attacks to the end: the thresholds to be met are still to be chosen. */
  readonly toTheEnd?: boolean;
  /** null = none. */
  readonly attacks: AttackPlan | null;
  /** Images computed at one time. */
  readonly batch: number;
  readonly seed: number;
  readonly session: SessionOptions;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (stage: 'read' | 'evaluate', done: number, total: number) => void;
}

/**
 * Measures a model on labelled images: as they are, disturbed, and attacked. Images that cannot be read are reviews
 * among the undisturbed ones, as on the line, and are left out elsewhere.
 * @throws ModelError `modelUnreadable` for a model without a card, `labelOutOfRange`, `badRequest` for an unknown
 *   corruption or attack, `tooFewImages` where none can be read, `cancelled`
 */
export async function evaluateModel(model: Model, options: EvaluateModelOptions): Promise<ModelEvaluation> {
  const subject = subjectOf(model, options.thresholds);
  const { signal } = options;
  options.images.forEach((image) => subject.classOf(image));
  const survey = await surveyPictures(options.images, {
    signal,
    onProgress: (done, total) => options.onProgress?.('read', done, total),
  });
  if (survey.readable.length === 0) throw new ModelError('tooFewImages', { found: 0, needed: 1 });
  const attacked = subject.attacked(survey.channels);
  const victim = new Victim(attacked, options.session);
  const verdict = options.attacks && options.attacks.verdicts !== false ? subject.ofVerdict(attacked) : null;
  const second = verdict && new Victim(verdict, options.session);
  try {
    const run = new Run(subject, { victim, second }, survey.readable, options);
    await run.all();
    const unreadable = survey.unreadable.map(({ image, error }) => ({ ...nameOf(image), error }));
    const flopsPerImage = countModel(attacked.model, { [attacked.input]: [1, ...attacked.shape] }).flops;
    return { ...run.result(unreadable, flopsPerImage), types: run.types() };
  } finally {
    await victim.close();
    await second?.close();
  }
}

const cleanName = conditionName(null);

function nameOf({ name, label, group = null }: LabelledLoader): LabelledName {
  return { name, label, group };
}

interface Outcome extends Pick<MeasuredCondition, 'kind'> {
  readonly scores: (number | null)[];
  readonly types: (string | null)[];
  readonly isRight: boolean[];
  /** Beyond the model's correction: on the line those are reviews. */
  readonly beyond: boolean[];
}

class Run {
  private readonly subject: Subject;
  private readonly victim: Victim;
  /** The verdict alone, where that is attacked by itself. */
  private readonly second: Victim | null;
  private readonly images: readonly LabelledLoader[];
  private readonly options: EvaluateModelOptions;
  private readonly disturbances: readonly Disturbance[];
  private readonly conditions = new Map<string, Outcome>();
  private readonly attacks: BatchUnderAttack[][] = [];
  /** What each undisturbed image is called by a classifier: by its verdict, or where it has none by its class. */
  private readonly said: string[] = [];
  private flags: readonly SanityFlag[] = [];
  private readonly work: number;
  private done = 0;

  constructor(
    subject: Subject,
    { victim, second }: { readonly victim: Victim; readonly second: Victim | null },
    images: readonly LabelledLoader[],
    options: EvaluateModelOptions,
  ) {
    this.subject = subject;
    this.victim = victim;
    this.second = second;
    this.images = images;
    this.options = options;
    this.disturbances = disturbancesOf(options);
    const perImage = 1 + this.disturbances.length + (options.attacks?.epsilons.length ?? 0);
    this.work = images.length * perImage;
  }

  async all(): Promise<void> {
    const { attacks, batch, seed } = this.options;
    for (const { start, end } of stretchesOf(0, this.images.length, batch)) {
      const images = this.images.slice(start, end);
      const pictures = await Promise.all(images.map((image) => image.load()));
      const labels = images.map((image) => this.subject.classOf(image));
      const { pixels: clean, beyond } = judgedPixels(pictures, this.victim);
      const seeds = pictures.map((picture) => pictureSeed(picture, seed));
      this.note('clean', cleanName, labels, await this.victim.read(clean), { beyond });
      for (const disturbance of this.disturbances) {
        const disturbed = await this.disturbed(pictures, disturbance, seeds);
        const seen = await this.victim.read(disturbed.pixels);
        this.note('disturbed', conditionName(disturbance), labels, seen, disturbed);
      }
      if (!attacks) continue;
      const probed = {
        ...{ victim: this.victim, clean, labels, signal: this.options.signal },
        random: seededRandom(seed).fork(`attack ${start}`),
        ...(this.subject.kind === 'anomaly' ? { strange: verdictLabels.indexOf('ng') } : {}),
      };
      if (start === 0) this.flags = await probe(probed);
      const isVerdict = this.subject.kind === 'anomaly';
      const results = await attackBatch(probed, attacks, this.enough(images, isVerdict));
      this.attacks.push(results);
      const { second } = this;
      const verdicts =
        second && (await attackVerdicts(probed, second, attacks, images, this.enough(images, true)));
      for (const [at, { epsilon, logits, readings, holds }] of results.entries()) {
        const seen = { logits, readings: verdicts?.[at]?.readings ?? readings };
        this.note('attacked', attackName(attacks, epsilon), labels, seen, { beyond, holds });
      }
    }
  }

  private enough(images: readonly LabelledLoader[], isVerdict: boolean): readonly number[] {
    return this.options.toTheEnd ? images.map(() => Infinity) : enoughFor(this.subject, images, isVerdict);
  }

  private disturbed(
    pictures: readonly Picture[],
    { corruption, severity }: Disturbance,
    seeds: readonly number[],
  ): Promise<ReturnType<typeof judgedPixels>> {
    checkCancelled(this.options.signal);
    const copies = pictures.map((picture, at) => corrupt(picture, corruption, severity, seeds[at]!));
    return Promise.all(copies).then((disturbed) => judgedPixels(disturbed, this.victim));
  }

  private note(
    kind: MeasuredCondition['kind'],
    name: string,
    labels: readonly number[],
    { logits, readings }: { readonly logits: Float32Array; readonly readings: Float32Array },
    { beyond, holds }: { readonly beyond: readonly boolean[]; readonly holds?: readonly boolean[] },
  ): void {
    const condition = this.conditions.get(name) ?? { kind, scores: [], types: [], isRight: [], beyond: [] };
    this.conditions.set(name, condition);
    const { classes, width } = this.victim;
    labels.forEach((label, row) => {
      const own = rowOf(logits, row, classes);
      const reading = rowOf(readings, row, width);
      if (!own.every(Number.isFinite) || !reading.every(Number.isFinite))
        throw new ModelError('outputNotFinite', { name: 'logits' });
      const isBeyond = beyond[row]!;
      condition.beyond.push(isBeyond);
      const { score, type } = this.subject.read(reading);
      if (kind === 'clean') {
        const called =
          score === null
            ? this.subject.labels[largest(own)]!
            : calledBy(verdictOf(score, this.subject.limits, type), type);
        this.said.push(isBeyond ? reviewColumn : called);
      }
      condition.scores.push(isBeyond ? null : score);
      condition.types.push(isBeyond ? null : type);
      condition.isRight.push(!isBeyond && (holds?.[row] ?? largest(own) === label));
    });
    this.done += labels.length;
    this.options.onProgress?.('evaluate', this.done, this.work);
  }

  /** What a classifier calls the undisturbed images, those that cannot be read among them; else null. */
  types(): TypeMatrix | null {
    const { kind, labels, types } = this.subject;
    if (kind === 'anomaly' && types.length === 0) return null;
    const read = new Map(this.images.map((image, at) => [image, this.said[at]!]));
    const parts = this.options.images.map((image) => {
      return { label: image.label, said: read.get(image) ?? reviewColumn };
    });
    return typeMatrix(parts, kind === 'anomaly' ? types : labels.filter((label) => label !== goodLabel));
  }

  result(unreadable: ModelEvaluation['unreadable'], flopsPerImage: number): Omit<ModelEvaluation, 'types'> {
    const { subject, images, options } = this;
    const { limits: thresholds } = subject;
    const conditions = [...this.conditions].map(([name, outcome]) => this.measured(name, outcome));
    const clean = this.conditions.get(cleanName)!;
    const judged = this.judged(clean);
    const unjudged = unreadable.map(({ name, label, error }): EvaluatedImage => {
      return { name, label, score: null, verdict: 'REVIEW', error };
    });
    const right = (name: string) => conditions.find((condition) => condition.name === name)!.accuracy;
    const corruption = Object.fromEntries(
      options.corruptions.map((name) => [
        name,
        severities.map((severity) => right(conditionName({ corruption: name, severity }))),
      ]),
    );
    const rates = Object.values(corruption).flat();
    const everyImage = images.length + unreadable.length;
    return {
      kind: subject.kind,
      labels: subject.labels,
      thresholds,
      clean: judged.length === 0 ? null : summarise([...judged, ...unjudged], thresholds),
      unreadable,
      cleanAccuracy: wilsonRate(clean.isRight.filter(Boolean).length, everyImage),
      corruption,
      corruptionAccuracy:
        rates.length === 0 ? null : rates.reduce((sum, { value }) => sum + value, 0) / rates.length,
      robust: (options.attacks?.epsilons ?? []).map((epsilon) => this.robustAt(epsilon)),
      flags: [...this.flags, ...this.attackFlags()],
      images: images.map(nameOf),
      conditions,
      flopsPerImage,
      flops: this.victim.cost.flops + (this.second?.cost.flops ?? 0),
    };
  }

  private measured(name: string, outcome: Outcome): MeasuredCondition {
    const { kind, scores, types, isRight } = outcome;
    const accuracy = wilsonRate(isRight.filter(Boolean).length, isRight.length)!;
    return { name, kind, scores, types, isRight, accuracy, ...verdictRates(this.judged(outcome)) };
  }

  /** The images with their verdicts; none of a classifier that has no score. */
  private judged({ scores, types, beyond }: Outcome): EvaluatedImage[] {
    return this.images.flatMap(({ name, label }, at): EvaluatedImage[] => {
      const score = scores[at]!;
      if (beyond[at]) return [{ name, label, score, verdict: 'REVIEW', error: null }];
      if (score === null) return [];
      return [{ name, label, score, verdict: verdictOf(score, this.subject.limits, types[at]), error: null }];
    });
  }

  private robustAt(epsilon: number): RobustAccuracy {
    const parts = this.attacks.flatMap((batch) => batch.filter((result) => result.epsilon === epsilon));
    const holds = parts.flatMap((part) => part.holds);
    const brokenBy: Record<string, number> = {};
    for (const name of parts.flatMap((part) => part.brokenBy)) {
      if (name !== null) brokenBy[name] = (brokenBy[name] ?? 0) + 1;
    }
    const judged = this.judged(this.conditions.get(attackName(this.options.attacks!, epsilon))!);
    const safe = judged.filter(({ label, verdict }) => isSafe(verdict, label === goodLabel));
    return {
      ...{ epsilon, brokenBy },
      accuracy: wilsonRate(holds.filter(Boolean).length, holds.length)!,
      verdicts: wilsonRate(safe.length, judged.length),
    };
  }

  /** What the attacks say about each other, at the largest radius, where all that was found is on record. */
  private attackFlags(): SanityFlag[] {
    const last = this.attacks.map((batch) => batch.at(-1)!);
    const by = last.flatMap(({ brokenBy }) => brokenBy);
    const found = (name: string) => by.filter((each) => each === name).length;
    const kinds = [
      { kind: 'squareFound', images: found('square') },
      { kind: 'noiseFound', images: found('noise') },
    ] as const;
    // Square alone proves nothing about gradients.
    const hasGradients = this.options.attacks?.attacks.some((name) => name !== 'square') ?? false;
    return hasGradients
      ? kinds.filter(({ images }) => images > 0).map((flag) => ({ ...flag, of: by.length }))
      : [];
  }
}

/** Names a condition of an attack plan, as in the command line's `robustAccuracy`. */
export function attackName({ norm }: Pick<AttackPlan, 'norm'>, epsilon: number): string {
  return `${norm}:${Number(epsilon < 1e-3 ? epsilon.toPrecision(2) : epsilon.toFixed(4))}`;
}
