import { attackNamed } from '../attacks/index.ts';
import { norms } from '../attacks/norms/index.ts';
import type { NormName } from '../attacks/norms/norm.ts';
import { marginOf, rowOf } from '../attacks/task.ts';
import { Victim } from '../attacks/victim.ts';
import type { Model } from '../onnx/ir.ts';
import { seededRandom } from '../random.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { stretchesOf } from '../training/batches.ts';
import { largest } from '../training/logits.ts';
import type { LabelledLoader } from './evaluateDetector.ts';
import { pixelsOf, surveyPictures } from './pixelSource.ts';
import { wilsonRate, type Rate } from './rates.ts';
import { subjectOf } from './subject.ts';

export interface AttackImagesOptions {
  readonly images: readonly LabelledLoader[];
  readonly attack: string;
  readonly norm: NormName;
  readonly epsilon: number;
  readonly steps?: number;
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
  readonly before: string;
  readonly after: string;
  /** Margin max_{j≠y} z_j − z_y of the worst image found; 0 and above is misjudged. */
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
 * Runs one attack on labelled images. An image that is misjudged as it is stays as it is.
 * @throws ModelError as `evaluateModel`; an image that cannot be read is thrown
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
  const victim = new Victim(subject.attacked(survey.channels), options.session);
  const { run } = attackNamed(options.attack, victim.classes);
  const norm = norms[options.norm];
  const { length, classes } = victim;
  const attacked: AttackedImage[] = [];
  let right = 0;
  let held = 0;
  try {
    for (const { start, end } of stretchesOf(0, options.images.length, options.batch)) {
      const images = options.images.slice(start, end);
      const clean = pixelsOf(await Promise.all(images.map((image) => image.load())), victim);
      const labels = images.map((image) => subject.classOf(image));
      const random = seededRandom(seed).fork(`attack ${start}`);
      const before = await victim.logits(clean);
      const outcome = await run({
        ...{ victim, clean, labels, norm, epsilon, random, signal },
        ...(steps === undefined ? {} : { steps }),
      });
      const after = await victim.logits(outcome.images);
      for (const [row, { name, label }] of images.entries()) {
        const own = (logits: Float32Array) => rowOf(logits, row, classes);
        const isRight = marginOf(own(before), labels[row]!) < 0;
        if (isRight) right += 1;
        const margin = outcome.margins[row]!;
        if (isRight && margin < 0) held += 1;
        const worst = rowOf(outcome.images, row, length);
        attacked.push({
          ...{ name, label, margin },
          before: subject.labels[largest(own(before))]!,
          after: subject.labels[largest(own(after))]!,
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
