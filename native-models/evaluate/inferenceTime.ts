import { planesOf, preprocess, inputLength, type Preprocess } from '../images/preprocess.ts';
import type { Picture } from '../images/picture.ts';
import { median } from '../images/site/quantiles.ts';
import type { Model } from '../onnx/ir.ts';
import { writeModel } from '../onnx/write.ts';
import { nearestRank } from '../statistics/nearestRank.ts';
import { openSession, type SessionOptions } from '../runtime/session.ts';

/** The first runs lay out memory. */
const warmUps = 3;
/** So many show a 99th percentile; of a slow model fewer have to do, and then the slowest run stands for it. */
const timedRuns = { least: 21, most: 101 } as const;
const enoughMs = 2000;

export interface InferenceTime {
  readonly medianMs: number;
  /** 99th percentile: 1 % of the runs took longer. */
  readonly p99Ms: number;
}

/**
 * Wall time from a decoded picture to the model's outputs, one picture at a time, on this computer and beside whatever
 * else it does.
 * @throws ModelError as `openSession`
 */
export async function timeInference(
  model: Model,
  spec: Preprocess,
  picture: Picture,
  options: SessionOptions,
): Promise<InferenceTime> {
  const session = await openSession(writeModel(model), options);
  const data = new Float32Array(inputLength(spec));
  const input = { dtype: 'float32', dims: [1, planesOf(spec), ...spec.size], data } as const;
  const times: number[] = [];
  try {
    const isEnough = (spentMs: number) =>
      times.length >= timedRuns.most || (times.length >= timedRuns.least && spentMs > enoughMs);
    const begun = performance.now();
    for (let run = 0; !isEnough(performance.now() - begun); run++) {
      const start = performance.now();
      preprocess(picture, spec, data);
      await session.run({ [session.inputs[0]!.name]: input });
      if (run >= warmUps) times.push(performance.now() - start);
    }
  } finally {
    await session.dispose();
  }
  return { medianMs: median(times), p99Ms: nearestRank(times, 0.99) };
}
