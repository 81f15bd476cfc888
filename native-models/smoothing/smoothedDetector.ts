import { rowOf } from '../attacks/task.ts';
import { pixelInput, withPixelInput } from '../attacks/pixelInput.ts';
import { scoreOutput } from '../detectors/anomalyGraph.ts';
import { readCard, type ModelCard } from '../detectors/card.ts';
import { logitsOutput } from '../detectors/classifierGraph.ts';
import { likeliestDefect } from '../detectors/detector.ts';
import { ModelError } from '../errors.ts';
import { pixelsOf } from '../evaluate/pixelSource.ts';
import type { Picture } from '../images/picture.ts';
import { planesOf } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import { upgradeOpset } from '../onnx/passes/upgradeOpset.ts';
import { trueInputs } from '../onnx/topology.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { certify, type Certificate, type SmoothingSettings } from './certify.ts';
import { noisyLooks, type LookOptions } from './noisyLooks.ts';
import { PixelNetwork, type PixelModel } from './pixelNetwork.ts';

/** The verdict on a score, and by a classifier on its likeliest defect type, as a small whole number. */
export type VerdictOf = (score: number, label: string | null) => number;

/**
 * A detector whose verdict is smoothed by Gaussian noise (Cohen et al., arXiv 1902.02918), on the picture at the
 * network's size, values in [0, 1], as `SmoothedClassifier`. The classes are the verdicts themselves, between and
 * beyond two thresholds, so that what is certified is what goes on record; the thresholds may change from part to part.
 * One part at a time.
 */
export class SmoothedDetector {
  readonly card: ModelCard;
  private readonly model: Model;
  private readonly options: SessionOptions;
  private opened: Promise<PixelNetwork> | null = null;

  /** @throws ModelError `modelUnreadable` where the model carries no card of a detector */
  constructor(model: Model, options: SessionOptions = {}) {
    const card = readCard(model);
    if (!card) throw new ModelError('modelUnreadable', { reason: 'no detector card in the metadata' });
    this.card = card;
    this.model = model;
    this.options = options;
  }

  /** Loads and times the network, so that no part waits for it. */
  async prepare(): Promise<void> {
    await this.network();
  }

  /**
   * Looks at a picture under noise until it is certain whether its verdict withstands it.
   * @param first verdict without noise: the one to be certified where `settings.n0` is 0
   * @throws ModelError `outputNotFinite`, `cancelled`
   */
  async certify(
    picture: Picture,
    settings: SmoothingSettings,
    verdictOf: VerdictOf,
    first: number,
    options: LookOptions,
  ): Promise<Certificate> {
    const network = await this.network();
    const [planes, height, width] = network.shape;
    // All planes of a grey picture see the same noise.
    const drawn = planes === 1 ? 1 : picture.channels;
    const length = drawn * height * width;
    const classify = async (images: Float32Array) => {
      const [scores, logits] = await network.run(inPlanes(images, length, planes / drawn));
      return Uint16Array.from(scores!, (score, row) => verdictOf(score, this.labelOf(logits, row)));
    };
    const { largestBatch, times } = network;
    const pixels = pixelsOf([picture], { shape: [drawn, height, width], correction: network.correction });
    const draw = noisyLooks({ length, largestBatch, times }, classify, pixels, settings.sigma, options);
    return certify(settings, options.seed, draw, first);
  }

  async close(): Promise<void> {
    const { opened } = this;
    this.opened = null;
    await (await opened)?.close();
  }

  private labelOf(logits: Float32Array | undefined, row: number): string | null {
    const { classes } = this.card;
    return classes && logits ? likeliestDefect(rowOf(logits, row, classes.labels.length), classes) : null;
  }

  private network(): Promise<PixelNetwork> {
    const outputs = this.card.classes ? [scoreOutput, logitsOutput] : [scoreOutput];
    const opened = this.opened ?? PixelNetwork.open(this.pixelModel(outputs), outputs, this.options);
    this.opened = opened;
    opened.catch(() => (this.opened = null));
    return opened;
  }

  private pixelModel(outputs: readonly string[]): PixelModel {
    const { preprocess } = this.card;
    const planes = planesOf(preprocess);
    const judged = upgradeOpset(extractSubgraph(this.model, outputs));
    return {
      model: withPixelInput(judged, preprocess, planes),
      input: pixelInput,
      shape: [planes, ...preprocess.size],
      correction: preprocess.correction ?? null,
      isSingle: typeof trueInputs(judged.graph)[0]?.shape?.[0] === 'number',
    };
  }
}

/** Each image's one plane over again. @param images float32 [N, 1, H, W] @returns float32 [N, times, H, W] */
function inPlanes(images: Float32Array, plane: number, times: number): Float32Array {
  if (times === 1) return images;
  const whole = new Float32Array(images.length * times);
  for (let at = 0; at < images.length; at += plane) {
    for (let k = 0; k < times; k++) whole.set(images.subarray(at, at + plane), at * times + k * plane);
  }
  return whole;
}
