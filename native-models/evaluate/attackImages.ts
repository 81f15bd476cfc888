import { attackNamed } from '../attacks/index.ts';
import { norms } from '../attacks/norms/index.ts';
import type { NormName } from '../attacks/norms/norm.ts';
import { marginOf, rowOf } from '../attacks/task.ts';
import { isSafe, verdictOf, type Verdict } from '../detectors/verdict.ts';
import { ModelError } from '../errors.ts';
import { Victim } from '../attacks/victim.ts';
import type { Model } from '../onnx/ir.ts';
import { seededRandom } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { stretchesOf } from '../training/batches.ts';
import { largest } from '../training/logits.ts';
import { goodLabel, type LabelledLoader } from './evaluateDetector.ts';
import { pixelsOf, surveyPictures } from './pixelSource.ts';
import { wilsonRate, type Rate } from './rates.ts';
import { subjectOf, type Subject } from './subject.ts';
import { enoughFor } from './verdictAttack.ts';

export interface AttackImagesOptions {
  readonly images: readonly LabelledLoader[];
  readonly attack: string;
  readonly norm: NormName;
  readonly epsilon: number;
  readonly steps?: number;
  /** What the attack is to change: the class (default), or the verdict at the model's thresholds. */
  readonly criterion?: 'class' | 'verdict';
  readonly batch: number;
  readonly seed: number;
  readonly session: SessionOptions;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (stage: 'read' | 'attack', done: number, total: number) => void;
  /** Told of each image's worst neighbour, float32 [C, H, W] in [0, 1]. */
  readonly onImage?: (
    index: number,
    pixels: Float32Array,
    shape: readonly [number, number, number],
  ) => Promise<void>;
}

/** What one attack did to one image. */
export interface AttackedImage {
  readonly name: string;
  readonly label: string;
  /** Class, or verdict. */
  readonly before: string;
  readonly after: string;
  /** Margin max_{j≠y} z_j − z_y of the worst image found; 0 and above is misjudged, as class or as NG and not OK. */
  readonly margin: number;
  /** Size of the change. */
  readonly distance: number;
}

export interface AttackedImages {
  readonly images: readonly AttackedImage[];
  readonly cleanAccuracy: Rate;
  readonly robustAccuracy: Rate;
  readonly flops: number;
}

/**
 * Runs one attack on labelled images. An image that is misjudged as it is stays as it is. A verdict is right that lets
 * good parts pass and defective ones not.
 * @throws ModelError as `evaluateModel`, `noOkClass` for the verdict of a classifier that has none; an image that cannot
 *   be read is thrown
 */
export async function attackImages(model: Model, options: AttackImagesOptions): Promise<AttackedImages> {
  const { signal, epsilon, steps, seed } = options;
  const subject = subjectOf(model);
  const survey = await surveyPictures(options.images, {
    signal,
    onProgress: (done, total) => options.onProgress?.('read', done, total),
  });
  const [unreadable] = survey.unreadable;
  if (unreadable) throw unreadable.error;
  const isVerdict = options.criterion === 'verdict';
  if (isVerdict && !subject.hasScore) throw new ModelError('noOkClass');
  const ofClass = subject.attacked(survey.channels);
  const victim = new Victim((isVerdict ? subject.ofVerdict(ofClass) : null) ?? ofClass, options.session);
  const { run } = attackNamed(options.attack, victim.classes);
  const norm = norms[options.norm];
  const { length } = victim;
  const told = isVerdict ? toldVerdicts(subject, victim) : toldClasses(subject, victim);
  const attacked: AttackedImage[] = [];
  let right = 0;
  let held = 0;
  try {
    for (const { start, end } of stretchesOf(0, options.images.length, options.batch)) {
      const images = options.images.slice(start, end);
      const clean = pixelsOf(await Promise.all(images.map((image) => image.load())), victim);
      const labels = told.labels(images);
      const random = seededRandom(seed).fork(`attack ${start}`);
      const before = await victim.read(clean);
      const enough = enoughFor(subject, images, isVerdict);
      const outcome = await run({
        ...{ victim, clean, labels, enough, norm, epsilon, random, signal },
        ...(steps === undefined ? {} : { steps }),
      });
      const after = await victim.read(outcome.images);
      for (const [row, image] of images.entries()) {
        const { name, label } = image;
        const isRight = told.isRight(before, row, image);
        if (isRight) right += 1;
        const margin = outcome.margins[row]!;
        if (isRight && told.holds(after, row, image, margin)) held += 1;
        const worst = rowOf(outcome.images, row, length);
        attacked.push({
          ...{ name, label, margin },
          before: told.said(before, row),
          after: told.said(after, row),
          distance: norm.distance(worst, rowOf(clean, row, length)),
        });
        await options.onImage?.(start + row, worst, victim.shape);
      }
      options.onProgress?.('attack', end, options.images.length);
    }
    const of = options.images.length;
    return {
      images: attacked,
      cleanAccuracy: wilsonRate(right, of)!,
      robustAccuracy: wilsonRate(held, of)!,
      flops: victim.cost.flops,
    };
  } finally {
    await victim.close();
  }
}

type Seen = Awaited<ReturnType<Victim['read']>>;

/** What counts as right, and what is said of an image. */
interface Told {
  readonly labels: (images: readonly LabelledLoader[]) => number[];
  readonly isRight: (seen: Seen, row: number, image: LabelledLoader) => boolean;
  /** @param margin of the worst image found */
  readonly holds: (seen: Seen, row: number, image: LabelledLoader, margin: number) => boolean;
  readonly said: (seen: Seen, row: number) => string;
}

function toldClasses(subject: Subject, { classes }: Victim): Told {
  const own = ({ logits }: Seen, row: number) => rowOf(logits, row, classes);
  return {
    labels: (images) => images.map((image) => subject.classOf(image)),
    isRight: (seen, row, image) => marginOf(own(seen, row), subject.classOf(image)) < 0,
    holds: (_seen, _row, _image, margin) => margin < 0,
    said: (seen, row) => subject.labels[largest(own(seen, row))]!,
  };
}

function toldVerdicts(subject: Subject, { width }: Victim): Told {
  const said = ({ readings }: Seen, row: number): Verdict => {
    const { score, type } = subject.read(rowOf(readings, row, width));
    return verdictOf(score!, subject.limits, type);
  };
  const isRight: Told['isRight'] = (seen, row, { label }) => isSafe(said(seen, row), label === goodLabel);
  return {
    labels: (images) => images.map(({ label }) => Number(label !== goodLabel)),
    ...{ isRight, holds: isRight, said },
  };
}
