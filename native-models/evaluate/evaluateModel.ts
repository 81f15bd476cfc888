import { Victim } from '../attacks/victim.ts';
import type { Thresholds } from '../detectors/card.ts';
import { ModelError } from '../errors.ts';
import { corrupt, corruptions } from '../images/corruptions/index.ts';
import { severities, type Severity } from '../images/corruptions/corruption.ts';
import type { Picture } from '../images/picture.ts';
import { conditionName } from '../images/site/profile.ts';
import { countModel } from '../onnx/count.ts';
import type { Model } from '../onnx/ir.ts';
import { hash32, seededRandom } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { stretchesOf } from '../training/batches.ts';
import { checkCancelled } from '../training/cancel.ts';
import { largest } from '../training/logits.ts';
import { rowOf } from '../attacks/task.ts';
import {
  summarise,
  verdictOf,
  type EvaluatedImage,
  type Evaluation,
  type LabelledLoader,
} from './evaluateDetector.ts';
import { probe, type SanityFlag } from './flags.ts';
import { pixelsOf, surveyPictures } from './pixelSource.ts';
import { wilsonRate, type Rate } from './rates.ts';
import { attackBatch, type AttackPlan, type BatchUnderAttack } from './robustness.ts';
import { subjectOf, type Subject } from './subject.ts';

export interface EvaluateModelOptions {
  readonly images: readonly LabelledLoader[];
  /** Instead of the model's own. */
  readonly thresholds?: Thresholds | null;
  /** Names of the corruptions, each at five severities. */
  readonly corruptions: readonly string[];
  /** null = none. */
  readonly attacks: AttackPlan | null;
  /** Images computed at one time. */
  readonly batch: number;
  readonly seed: number;
  readonly session: SessionOptions;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (stage: 'read' | 'evaluate', done: number, total: number) => void;
}

/** The same images under one condition, in the order of the images that can be read. */
export interface Condition {
  /** `clean`, `gaussian-noise/3` or `linf:0.0078`. */
  readonly name: string;
  readonly scores: readonly (number | null)[];
  /** Whether the class is right: of an anomaly detector OK or NG at its threshold. */
  readonly isRight: readonly boolean[];
}

export interface RobustAccuracy {
  readonly epsilon: number;
  /** Images judged right at every point of the ball that was tried, of all images. */
  readonly accuracy: Rate;
  /** How many images each attack was the first to get misjudged. `noise`: none of them did, but random noise. */
  readonly brokenBy: Readonly<Record<string, number>>;
}

export interface ModelEvaluation {
  readonly kind: Subject['kind'];
  readonly labels: readonly string[];
  readonly thresholds: Thresholds;
  /** Of undisturbed images, by their verdicts; null for a classifier without a class that means OK. */
  readonly clean: Evaluation | null;
  /** Share of undisturbed images whose class is right. */
  readonly cleanAccuracy: Rate | null;
  /** By name, at severities 1 to 5. */
  readonly corruption: Readonly<Record<string, readonly Rate[]>>;
  /** Mean over corruptions and severities; null where none was asked for. */
  readonly corruptionAccuracy: number | null;
  readonly robust: readonly RobustAccuracy[];
  readonly flags: readonly SanityFlag[];
  /** Images that could be read: what the lists in `conditions` are about. */
  readonly images: readonly { readonly name: string; readonly label: string }[];
  readonly unreadable: readonly { readonly name: string; readonly error: ModelError }[];
  readonly conditions: readonly Condition[];
  /** Floating-point operations of judging one image. */
  readonly flopsPerImage: number;
  /** Of the whole evaluation. */
  readonly flops: number;
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
  try {
    const run = new Run(subject, victim, survey.readable, options);
    await run.all();
    const scores: EvaluatedImage[] = survey.unreadable.map(({ image: { name, label }, error }) => {
      return { name, label, score: null, verdict: 'REVIEW', error };
    });
    const flopsPerImage = countModel(attacked.model, { [attacked.input]: [1, ...attacked.shape] }).flops;
    return run.result(scores, flopsPerImage);
  } finally {
    await victim.close();
  }
}

const cleanName = conditionName(null);

class Run {
  private readonly subject: Subject;
  private readonly victim: Victim;
  private readonly images: readonly LabelledLoader[];
  private readonly options: EvaluateModelOptions;
  private readonly conditions = new Map<string, { scores: (number | null)[]; isRight: boolean[] }>();
  private readonly attacks: BatchUnderAttack[][] = [];
  private flags: readonly SanityFlag[] = [];
  private readonly work: number;
  private done = 0;

  constructor(
    subject: Subject,
    victim: Victim,
    images: readonly LabelledLoader[],
    options: EvaluateModelOptions,
  ) {
    this.subject = subject;
    this.victim = victim;
    this.images = images;
    this.options = options;
    const perImage =
      1 + severities.length * options.corruptions.length + (options.attacks?.epsilons.length ?? 0);
    this.work = images.length * perImage;
  }

  async all(): Promise<void> {
    const { corruptions: names, attacks, batch, seed } = this.options;
    for (const { start, end } of stretchesOf(0, this.images.length, batch)) {
      const images = this.images.slice(start, end);
      const pictures = await Promise.all(images.map((image) => image.load()));
      const labels = images.map((image) => this.subject.classOf(image));
      const clean = pixelsOf(pictures, this.victim.shape);
      this.note(cleanName, labels, await this.victim.logits(clean));
      for (const name of names) {
        for (const severity of severities) {
          const disturbed = await this.disturbed(images, pictures, name, severity);
          this.note(
            conditionName({ corruption: name, severity }),
            labels,
            await this.victim.logits(disturbed),
          );
        }
      }
      if (!attacks) continue;
      const probed = {
        ...{ victim: this.victim, clean, labels, signal: this.options.signal },
        random: seededRandom(seed).fork(`attack ${start}`),
      };
      if (start === 0) this.flags = await probe(probed);
      const results = await attackBatch(probed, attacks);
      this.attacks.push(results);
      for (const { epsilon, logits, holds } of results) {
        this.note(attackName(attacks, epsilon), labels, logits, holds);
      }
    }
  }

  private disturbed(
    images: readonly LabelledLoader[],
    pictures: readonly Picture[],
    name: string,
    severity: Severity,
  ): Promise<Float32Array> {
    checkCancelled(this.options.signal);
    const seedOf = (image: LabelledLoader) => hash32(`${this.options.seed}/${image.name}`);
    const copies = pictures.map((picture, at) => corrupt(picture, name, severity, seedOf(images[at]!)));
    return Promise.all(copies).then((disturbed) => pixelsOf(disturbed, this.victim.shape));
  }

  private note(
    name: string,
    labels: readonly number[],
    logits: Float32Array,
    holds?: readonly boolean[],
  ): void {
    const condition = this.conditions.get(name) ?? { scores: [], isRight: [] };
    this.conditions.set(name, condition);
    const { classes } = this.victim;
    labels.forEach((label, row) => {
      const own = rowOf(logits, row, classes);
      if (!own.every(Number.isFinite)) throw new ModelError('outputNotFinite', { name: 'logits' });
      condition.scores.push(this.subject.scoreOf(own));
      condition.isRight.push(holds?.[row] ?? largest(own) === label);
    });
    this.done += labels.length;
    this.options.onProgress?.('evaluate', this.done, this.work);
  }

  result(unreadable: readonly EvaluatedImage[], flopsPerImage: number): ModelEvaluation {
    const { subject, images, options } = this;
    const { thresholds } = subject;
    const conditions = [...this.conditions].map(([name, condition]) => ({ name, ...condition }));
    const clean = this.conditions.get(cleanName)!;
    const judged = images.flatMap(({ name, label }, at): EvaluatedImage[] => {
      const score = clean.scores[at]!;
      if (score === null) return [];
      return [{ name, label, score, verdict: verdictOf(score, thresholds), error: null }];
    });
    const right = (name: string) => {
      const { isRight } = this.conditions.get(name)!;
      return wilsonRate(isRight.filter(Boolean).length, isRight.length)!;
    };
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
      clean: judged.length === 0 ? null : summarise([...judged, ...unreadable], thresholds),
      unreadable: unreadable.map(({ name, error }) => ({ name, error: error! })),
      cleanAccuracy: wilsonRate(clean.isRight.filter(Boolean).length, everyImage),
      corruption,
      corruptionAccuracy:
        rates.length === 0 ? null : rates.reduce((sum, { value }) => sum + value, 0) / rates.length,
      robust: (options.attacks?.epsilons ?? []).map((epsilon) => this.robustAt(epsilon)),
      flags: [...this.flags, ...this.attackFlags()],
      images: images.map(({ name, label }) => ({ name, label })),
      conditions,
      flopsPerImage,
      flops: this.victim.cost.flops,
    };
  }

  private robustAt(epsilon: number): RobustAccuracy {
    const parts = this.attacks.flatMap((batch) => batch.filter((result) => result.epsilon === epsilon));
    const holds = parts.flatMap((part) => part.holds);
    const brokenBy: Record<string, number> = {};
    for (const name of parts.flatMap((part) => part.brokenBy)) {
      if (name !== null) brokenBy[name] = (brokenBy[name] ?? 0) + 1;
    }
    return { epsilon, accuracy: wilsonRate(holds.filter(Boolean).length, holds.length)!, brokenBy };
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

/** Every corruption there is. */
export const corruptionNames: readonly string[] = corruptions.map(({ name }) => name);
