import { rowOf } from '../attacks/task.ts';
import type { Limits } from '../detectors/verdict.ts';
import { pixelsOf } from '../evaluate/pixelSource.ts';
import { subjectOf, type Subject } from '../evaluate/subject.ts';
import type { Picture } from '../images/picture.ts';
import { planesOf } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { largest } from '../training/logits.ts';
import { certify, type Certificate, type DrawLooks, type SmoothingSettings } from './certify.ts';
import { noisyLooks, type LookOptions } from './noisyLooks.ts';
import { PixelNetwork } from './pixelNetwork.ts';

/**
 * The classifier smoothed by Gaussian noise (Cohen et al., arXiv 1902.02918) on the picture at the network's size,
 * values in [0, 1], before any normalisation; noisy values are not held back to [0, 1]. A grey picture gets one plane
 * of noise, which all planes of the network see. An anomaly detector is a classifier of two classes, by its threshold.
 * One part at a time. The theorem is about real numbers; noise and sums here are float32, which a network made for the
 * purpose could exploit (Voráček & Hein, arXiv 2207.07209).
 */
export class SmoothedClassifier {
  /** Name of each class. */
  readonly labels: readonly string[];
  /** Class of an image by its label, see `Subject`. */
  readonly classOf: Subject['classOf'];
  private readonly subject: Subject;
  private readonly options: SessionOptions;
  private readonly networks = new Map<1 | 3, Promise<PixelNetwork>>();

  /**
   * @param limits instead of the detector's own
   * @throws ModelError `modelUnreadable` where the model carries no card
   */
  constructor(model: Model, options: SessionOptions = {}, limits?: Limits) {
    this.subject = subjectOf(model, limits);
    this.labels = this.subject.labels;
    this.classOf = this.subject.classOf;
    this.options = options;
  }

  /** Loads and times the network for grey or colour pictures, so that the first part does not wait for it. */
  async prepare(channels: 1 | 3): Promise<void> {
    await this.network(channels);
  }

  /** As `certify` of certify.ts. @throws ModelError `outputNotFinite`, `cancelled` */
  async certify(picture: Picture, settings: SmoothingSettings, options: LookOptions): Promise<Certificate> {
    return certify(settings, options.seed, await this.looks(picture, settings.sigma, options));
  }

  /**
   * Looks at a picture with fresh noise of deviation `sigma`, for several certificates of the same looks.
   * @throws ModelError `outputNotFinite`, `cancelled`
   */
  async looks(picture: Picture, sigma: number, options: LookOptions): Promise<DrawLooks> {
    const network = await this.network(picture.channels);
    const classify = async (images: Float32Array) => {
      const [logits] = await network.run(images);
      const rows = images.length / network.length;
      const classes = logits!.length / rows;
      return Uint16Array.from({ length: rows }, (_, row) => largest(rowOf(logits!, row, classes)));
    };
    return noisyLooks(network, classify, pixelsOf([picture], network), sigma, options);
  }

  async close(): Promise<void> {
    const opened = [...this.networks.values()];
    this.networks.clear();
    for (const network of opened) await (await network).close();
  }

  private network(channels: 1 | 3): Promise<PixelNetwork> {
    const planes = planesOf(this.subject.preprocess) === 1 ? 1 : channels;
    const known = this.networks.get(planes);
    if (known) return known;
    const attacked = this.subject.attacked(planes);
    const opened = PixelNetwork.open(attacked, [attacked.logits], this.options);
    this.networks.set(planes, opened);
    opened.catch(() => this.networks.delete(planes));
    return opened;
  }
}
