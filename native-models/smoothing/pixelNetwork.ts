import { ModelError } from '../errors.ts';
import type { Correction } from '../images/correction/correction.ts';
import { float32Tensor } from '../onnx/dataTypes.ts';
import type { Model } from '../onnx/ir.ts';
import { writeModel } from '../onnx/write.ts';
import { allFinite } from '../runtime/finite.ts';
import { floatsOf, openSession, type Session, type SessionOptions } from '../runtime/session.ts';
import { batchTimes, type BatchTimes } from './batchTimes.ts';

/** More values than this are not computed at one time, nor more looks. */
const batchValues = 2 ** 22;
const batchLooks = 64;

/** A graph behind its own preprocessing, as `withPixelInput` makes it. */
export interface PixelModel {
  readonly model: Model;
  readonly input: string;
  /** [C, H, W] */
  readonly shape: readonly [number, number, number];
  /** What a picture goes through before it is pixels; null = nothing. */
  readonly correction: Correction | null;
  /** The graph takes one image at a time. */
  readonly isSingle?: boolean;
}

/** The network from pixels to what it says of them, and how long its batches take. */
export class PixelNetwork {
  /** [C, H, W] */
  readonly shape: readonly [number, number, number];
  readonly correction: Correction | null;
  readonly length: number;
  readonly largestBatch: number;
  readonly times: BatchTimes;
  private readonly session: Session;
  private readonly input: string;
  private readonly outputs: readonly string[];

  private constructor(
    { input, shape, correction, isSingle = false }: PixelModel,
    outputs: readonly string[],
    session: Session,
  ) {
    this.input = input;
    this.outputs = outputs;
    this.session = session;
    this.shape = shape;
    this.correction = correction;
    this.length = shape.reduce((product, size) => product * size, 1);
    const most = powerOfTwo(Math.max(1, batchValues / this.length));
    this.largestBatch = isSingle ? 1 : Math.min(batchLooks, most);
    this.times = batchTimes();
  }

  /** @param outputs wanted, float32 [N, …] each */
  static async open(
    pixels: PixelModel,
    outputs: readonly string[],
    options: SessionOptions,
  ): Promise<PixelNetwork> {
    const session = await openSession(writeModel(pixels.model), options);
    const network = new PixelNetwork(pixels, outputs, session);
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

  /**
   * @param images float32 [N, C, H, W]
   * @returns the values of each output, in their order @throws ModelError `outputNotFinite`
   */
  async run(images: Float32Array): Promise<Float32Array[]> {
    const feeds = { [this.input]: float32Tensor([images.length / this.length, ...this.shape], images) };
    const results = await this.session.run(feeds, this.outputs);
    return this.outputs.map((name) => {
      const values = floatsOf(results, name);
      if (!allFinite(values)) throw new ModelError('outputNotFinite', { name });
      return values;
    });
  }

  close(): Promise<void> {
    return this.session.dispose();
  }

  /** The first run of a size also sets aside its memory: the second is the one to go by. */
  private async time(size: number): Promise<void> {
    const images = new Float32Array(size * this.length);
    await this.run(images);
    const startMs = performance.now();
    await this.run(images);
    this.times.note(size, performance.now() - startMs);
  }
}

/** The largest power of two that is no larger; 0 below 1. Few sizes: onnxruntime plans memory for each. */
export function powerOfTwo(value: number): number {
  return value < 1 ? 0 : 2 ** Math.floor(Math.log2(value));
}
