import { planesOf, preprocess, inputLength, type Preprocess } from '../images/preprocess.ts';
import type { Picture } from '../images/picture.ts';
import { median } from '../images/site/quantiles.ts';
import type { Model } from '../onnx/ir.ts';
import { writeModel } from '../onnx/write.ts';
import { openSession, type SessionOptions } from '../runtime/session.ts';

/** The first runs lay out memory. */
const warmUps = 3;
const timedRuns = 21;

/**
 * Median wall time from a decoded picture to the model's outputs, one picture at a time, on this computer.
 * @returns ms
 * @throws ModelError as `openSession`
 */
export async function timeInference(
  model: Model,
  spec: Preprocess,
  picture: Picture,
  options: SessionOptions,
): Promise<number> {
  const session = await openSession(writeModel(model), options);
  const data = new Float32Array(inputLength(spec));
  const input = { dtype: 'float32', dims: [1, planesOf(spec), ...spec.size], data } as const;
  const times: number[] = [];
  try {
    for (let run = 0; run < warmUps + timedRuns; run++) {
      const start = performance.now();
      preprocess(picture, spec, data);
      await session.run({ [session.inputs[0]!.name]: input });
      if (run >= warmUps) times.push(performance.now() - start);
    }
  } finally {
    await session.dispose();
  }
  return median(times);
}
