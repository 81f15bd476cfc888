import type { AttackedModel } from '../attacks/victim.ts';
import { ModelError } from '../errors.ts';
import { float32Tensor } from '../onnx/dataTypes.ts';
import { writeModel } from '../onnx/write.ts';
import { floatsOf, openSession, type Session, type SessionOptions } from '../runtime/session.ts';
import { batchTimes, type BatchTimes } from './batchTimes.ts';

/** More values than this are not computed at one time, nor more looks. */
const batchValues = 2 ** 22;
const batchLooks = 64;

/** The network from pixels to logits, and how long its batches take. */
export class PixelNetwork {
  /** [C, H, W] */
  readonly shape: readonly [number, number, number];
  readonly correction: AttackedModel['correction'];
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
    this.correction = attacked.correction;
    this.classes = attacked.classes;
    this.length = attacked.shape.reduce((product, size) => product * size, 1);
    this.largestBatch = Math.min(batchLooks, powerOfTwo(Math.max(1, batchValues / this.length)));
    this.times = batchTimes();
  }

  static async open(attacked: AttackedModel, options: SessionOptions): Promise<PixelNetwork> {
    const network = new PixelNetwork(attacked, await openSession(writeModel(attacked.model), options));
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

/** The largest power of two that is no larger; 0 below 1. Few sizes: onnxruntime plans memory for each. */
export function powerOfTwo(value: number): number {
  return value < 1 ? 0 : 2 ** Math.floor(Math.log2(value));
}
