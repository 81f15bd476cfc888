import type { ModelCard } from '../detectors/card.ts';
import type { Detector } from '../detectors/detector.ts';
import type { ImageLoader } from '../detectors/teach.ts';
import { limitsOf, verdictOf, type Limits, type Verdict } from '../detectors/verdict.ts';
import { ModelError } from '../errors.ts';
import type { Picture } from '../images/picture.ts';
import { planesOf } from '../images/preprocess.ts';
import { countModel } from '../onnx/count.ts';
import type { Model } from '../onnx/ir.ts';
import { trueInputs } from '../onnx/topology.ts';
import { auroc, type Auroc } from './auroc.ts';
import { wilsonRate, type Rate } from './rates.ts';

/** The label of a good part; any other is a type of defect. */
export const goodLabel = 'ok';

export interface LabelledLoader extends ImageLoader {
  /** `ok` or the defect type. */
  readonly label: string;
  /** Images of one group are not independent of each other. */
  readonly group?: string | null;
}

export interface EvaluatedImage {
  readonly name: string;
  readonly label: string;
  /** null when the image could not be judged. */
  readonly score: number | null;
  readonly verdict: Verdict;
  readonly error: ModelError | null;
}

/** How verdicts agree with labels; null where there are no such parts. Intervals are 95 %. */
export interface VerdictRates {
  /** Good parts called NG, of all good parts. */
  readonly falseAlarms: Rate | null;
  /** Defective parts called OK, of all defective parts. */
  readonly escapes: Rate | null;
  /** Parts of either kind sent to review. */
  readonly reviews: Rate | null;
}

/** How well a detector does on labelled images; intervals are 95 %. */
export interface Evaluation extends VerdictRates {
  readonly thresholds: Limits;
  /** Share of images whose verdict is right, a review counted as wrong. */
  readonly accuracy: Rate | null;
  /** Over the images that could be judged; null when one class is missing. */
  readonly auroc: Auroc | null;
  readonly byLabel: readonly {
    readonly label: string;
    readonly images: number;
    /** Of this defect type against all good parts; null for good parts. */
    readonly auroc: number | null;
    /** Not called OK; for good parts this is the share that is stopped. */
    readonly detected: Rate;
  }[];
  readonly scores: readonly EvaluatedImage[];
}

export interface EvaluateOptions {
  readonly images: readonly LabelledLoader[];
  /** Instead of those in the detector's card, of single defect types too. */
  readonly thresholds?: Limits | null;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Judges every image and compares with its label. An image that cannot be read or judged is a review, as it
 * would be on the line.
 * @throws ModelError `cancelled`
 */
export async function evaluateDetector(detector: Detector, options: EvaluateOptions): Promise<Evaluation> {
  const thresholds = options.thresholds ?? limitsOfCard(detector.card);
  const scores: EvaluatedImage[] = [];
  let next = load(options.images[0]);
  for (const [index, image] of options.images.entries()) {
    if (options.signal?.aborted) throw new ModelError('cancelled');
    const picture = next;
    // Read and decoded while the network looks at this one.
    next = load(options.images[index + 1]);
    scores.push(await judgeLabelled(detector, image, picture!, thresholds));
    options.onProgress?.(index + 1, options.images.length);
  }
  return summarise(scores, thresholds);
}

function load(image: LabelledLoader | undefined): Promise<Picture> | null {
  const picture = image?.load() ?? null;
  // A failure is dealt with when it is this image's turn.
  picture?.catch(() => undefined);
  return picture;
}

async function judgeLabelled(
  detector: Detector,
  image: LabelledLoader,
  picture: Promise<Picture>,
  thresholds: Limits,
): Promise<EvaluatedImage> {
  const { name, label } = image;
  try {
    const { score, label: type } = await detector.judge(await picture);
    return { name, label, score, verdict: verdictOf(score, thresholds, type), error: null };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { name, label, score: null, verdict: 'REVIEW', error };
  }
}

/** What a detector is judged by, its defect types too. */
export function limitsOfCard({ thresholds, classes }: ModelCard): Limits {
  return limitsOf({ thresholds, thresholdsByLabel: classes?.thresholdsByLabel });
}

/** The figures that follow from scores, verdicts and labels. */
export function summarise(scores: readonly EvaluatedImage[], thresholds: Limits): Evaluation {
  const good = scores.filter(({ label }) => label === goodLabel);
  const defective = scores.filter(({ label }) => label !== goodLabel);
  const right = count(good, 'OK') + count(defective, 'NG');
  const goodScores = finite(good);
  const labels = [...new Set(scores.map(({ label }) => label))].sort();
  return {
    thresholds,
    accuracy: wilsonRate(right, scores.length),
    auroc: auroc(goodScores, finite(defective)),
    ...verdictRates(scores),
    byLabel: labels.map((label) => {
      const images = scores.filter((image) => image.label === label);
      return {
        label,
        images: images.length,
        auroc: label === goodLabel ? null : (auroc(goodScores, finite(images))?.value ?? null),
        detected: wilsonRate(images.length - count(images, 'OK'), images.length)!,
      };
    }),
    scores,
  };
}

/** False alarms, escapes and reviews among judged images. */
export function verdictRates(images: readonly Judged[]): VerdictRates {
  const good = images.filter(({ label }) => label === goodLabel);
  const defective = images.filter(({ label }) => label !== goodLabel);
  return {
    falseAlarms: wilsonRate(count(good, 'NG'), good.length),
    escapes: wilsonRate(count(defective, 'OK'), defective.length),
    reviews: wilsonRate(count(images, 'REVIEW'), images.length),
  };
}

type Judged = Pick<EvaluatedImage, 'label' | 'verdict'>;

function count(images: readonly Judged[], verdict: Verdict): number {
  return images.filter((image) => image.verdict === verdict).length;
}

function finite(images: readonly EvaluatedImage[]): number[] {
  return images.flatMap(({ score }) => (score !== null && Number.isFinite(score) ? [score] : []));
}

/** Floating-point operations of judging one image. @throws ModelError `modelShapeUnresolved` */
export function flopsPerImage(model: Model, { preprocess }: ModelCard): number {
  const name = trueInputs(model.graph)[0]?.name ?? '';
  return countModel(model, { [name]: [1, planesOf(preprocess), ...preprocess.size] }).flops;
}
