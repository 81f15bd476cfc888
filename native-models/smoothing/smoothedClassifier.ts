import { marginOf, rowOf } from '../attacks/task.ts';
import type { AttackedModel } from '../attacks/victim.ts';
import type { Thresholds } from '../detectors/card.ts';
import { ModelError } from '../errors.ts';
import { pixelsOf } from '../evaluate/pixelSource.ts';
import { subjectOf, type Subject } from '../evaluate/subject.ts';
import type { Picture } from '../images/picture.ts';
import { planesOf } from '../images/preprocess.ts';
import { float32Tensor } from '../onnx/dataTypes.ts';
import type { Model } from '../onnx/ir.ts';
import { writeModel } from '../onnx/write.ts';
import { seededRandom } from '../random.ts';
import { floatsOf, openSession, type Session, type SessionOptions } from '../runtime/session.ts';
import { checkCancelled } from '../training/cancel.ts';
import { largest } from '../training/logits.ts';
import { batchTimes, type BatchTimes } from './batchTimes.ts';
import { certify, type Certificate, type DrawLooks, type SmoothingSettings } from './certify.ts';
import { GaussianNoise } from './gaussianNoise.ts';

/** Time for all looks at a part. */
export interface LookBudget {
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number;
  /** No batch is begun that would probably end later. */
  readonly untilMs: number;
}

export interface LookOptions {
  /** Of the noise: the same part, settings and seed give the same certificate. */
  readonly seed: number;
  /** Absent: as long as it takes. */
  readonly budget?: LookBudget;
  /** As if the time were up after so many looks: repeats a certificate that a budget has cut short. */
  readonly atMost?: number;
  readonly signal?: AbortSignal | undefined;
  /** Told of the looks taken so far. */
  readonly onLooks?: (looks: number) => void;
}

/** What the network says of a part without noise. */
export interface PlainLook {
  readonly predicted: number;
  /** By how much the logit of this class exceeds the next one. */
  readonly margin: number;
}

/** More values than this are not computed at one time, nor more looks. */
const batchValues = 2 ** 22;
const batchLooks = 64;

/**
 * The classifier smoothed by Gaussian noise (Cohen et al., arXiv 1902.02918) on the picture at the network's size,
 * values in [0, 1], before any normalisation; noisy values are not held back to [0, 1]. A grey picture gets one plane
 * of noise, which all planes of the network see. An anomaly detector is a classifier of two classes, by its threshold.
 * One part at a time.
 */
export class SmoothedClassifier {
  /** Name of each class. */
  readonly labels: readonly string[];
  /** Class of an image by its label, see `Subject`. */
  readonly classOf: Subject['classOf'];
  private readonly subject: Subject;
  private readonly options: SessionOptions;
  private readonly networks = new Map<1 | 3, Promise<Network>>();

  /**
   * @param thresholds instead of the detector's own
   * @throws ModelError `modelUnreadable` where the model carries no card
   */
  constructor(model: Model, options: SessionOptions = {}, thresholds?: Thresholds) {
    this.subject = subjectOf(model, thresholds);
    this.labels = this.subject.labels;
    this.classOf = this.subject.classOf;
    this.options = options;
  }

  /** Loads and times the network for grey or colour pictures, so that the first part does not wait for it. */
  async prepare(channels: 1 | 3): Promise<void> {
    await this.network(channels);
  }

  /** @throws ModelError `outputNotFinite` */
  async look(picture: Picture): Promise<PlainLook> {
    const network = await this.network(picture.channels);
    const logits = await network.logits(pixelsOf([picture], network.shape));
    const predicted = largest(logits);
    return { predicted, margin: -marginOf(logits, predicted) };
  }

  /**
   * One look, and noisy ones only where the classes lie close together.
   * @param margin of logits: a part whose best class leads by as much is not looked at again
   */
  async inspect(
    picture: Picture,
    settings: SmoothingSettings & { readonly margin: number },
    options: LookOptions,
  ): Promise<{ readonly look: PlainLook; readonly certificate: Certificate | null }> {
    const look = await this.look(picture);
    const certificate = look.margin < settings.margin ? await this.certify(picture, settings, options) : null;
    return { look, certificate };
  }

  /** @throws ModelError `outputNotFinite`, `cancelled` */
  async certify(picture: Picture, settings: SmoothingSettings, options: LookOptions): Promise<Certificate> {
    return certify(settings, options.seed, await this.looks(picture, settings.sigma, options));
  }

  /**
   * Fresh looks at a picture with noise of deviation `sigma`: a certificate that draws them itself.
   * @throws ModelError `outputNotFinite`, `cancelled`
   */
  async looks(picture: Picture, sigma: number, options: LookOptions): Promise<DrawLooks> {
    const network = await this.network(picture.channels);
    return noisyLooks(network, pixelsOf([picture], network.shape), sigma, options);
  }

  async close(): Promise<void> {
    const opened = [...this.networks.values()];
    this.networks.clear();
    for (const network of opened) await (await network).close();
  }

  private network(channels: 1 | 3): Promise<Network> {
    const planes = planesOf(this.subject.preprocess) === 1 ? 1 : channels;
    const known = this.networks.get(planes);
    if (known) return known;
    const opened = Network.open(this.subject.attacked(planes), this.options);
    this.networks.set(planes, opened);
    opened.catch(() => this.networks.delete(planes));
    return opened;
  }
}

/** The network from pixels to logits, and how long its batches take. */
class Network {
  /** [C, H, W] */
  readonly shape: readonly [number, number, number];
  readonly length: number;
  readonly classes: number;
  readonly largestBatch: number;
  readonly times: BatchTimes;
  private readonly session: Session;
  private readonly attacked: AttackedModel;

  private constructor(attacked: AttackedModel, session: Session) {
    this.attacked = attacked;
    this.session = session;
    this.shape = attacked.shape;
    this.classes = attacked.classes;
    this.length = attacked.shape.reduce((product, size) => product * size, 1);
    this.largestBatch = Math.min(batchLooks, powerOfTwo(Math.max(1, batchValues / this.length)));
    this.times = batchTimes();
  }

  static async open(attacked: AttackedModel, options: SessionOptions): Promise<Network> {
    const network = new Network(attacked, await openSession(writeModel(attacked.model), options));
    try {
      for (let size = 1; size <= network.largestBatch && network.times.areShort; size *= 2) {
        await network.time(size);
      }
      return network;
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  /** @param images float32 [N, C, H, W] @returns float32 [N, K] @throws ModelError `outputNotFinite` */
  async logits(images: Float32Array): Promise<Float32Array> {
    const { input, logits } = this.attacked;
    const feeds = { [input]: float32Tensor([images.length / this.length, ...this.shape], images) };
    const values = floatsOf(await this.session.run(feeds, [logits]), logits);
    if (!values.every(Number.isFinite)) throw new ModelError('outputNotFinite', { name: logits });
    return values;
  }

  close(): Promise<void> {
    return this.session.dispose();
  }

  /** The first run of a size also sets aside its memory: the second is the one to go by. */
  private async time(size: number): Promise<void> {
    const images = new Float32Array(size * this.length);
    await this.logits(images);
    const startMs = performance.now();
    await this.logits(images);
    this.times.note(size, performance.now() - startMs);
  }
}

function noisyLooks(
  network: Network,
  pixels: Float32Array,
  sigma: number,
  { seed, budget, atMost = Infinity, signal, onLooks }: LookOptions,
): DrawLooks {
  const noise = new GaussianNoise(seededRandom(seed).fork('noise'));
  let taken = 0;
  return async (count) => {
    checkCancelled(signal);
    const wanted = Math.min(count, network.largestBatch, atMost - taken);
    const startMs = budget?.nowMs() ?? 0;
    const size = budget
      ? network.times.largestWithin(budget.untilMs - startMs, wanted)
      : powerOfTwo(Math.max(0, wanted));
    if (size === 0) return [];
    const noisy = new Float32Array(size * network.length);
    noise.addTo(pixels, noisy, sigma);
    const logits = await network.logits(noisy);
    if (budget) network.times.note(size, budget.nowMs() - startMs);
    taken += size;
    onLooks?.(taken);
    return Uint16Array.from({ length: size }, (_, row) => largest(rowOf(logits, row, network.classes)));
  };
}

/** The largest power of two that is no larger; 0 below 1. Few sizes: onnxruntime plans memory for each. */
function powerOfTwo(value: number): number {
  return value < 1 ? 0 : 2 ** Math.floor(Math.log2(value));
}
