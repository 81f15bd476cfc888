import type { Picture } from '../images/picture.ts';
import { inputLength, planesOf, preprocess, type Preprocess } from '../images/preprocess.ts';
import { median } from '../images/site/quantiles.ts';
import { openSession, type SessionOptions } from '../runtime/session.ts';
import { scoreOutput } from './anomalyGraph.ts';

/** How long a network takes for several pictures in one run. */
export interface BatchTime {
  readonly pictures: number;
  /** Median of the whole run: how long each of them waits. */
  readonly wholeMs: number;
}

const atOnce = 4;
const warmUps = 1;
const runs = 5;
const longestMs = 3_000;

/**
 * Times pictures in one run, as parts of several sources might come.
 * @param pictures at least one
 * @returns null where the network takes one at a time
 * @throws ModelError as `openSession`, and what a run of so many throws
 */
export async function timeBatch(
  path: string,
  spec: Preprocess,
  pictures: readonly Picture[],
  options: SessionOptions,
): Promise<BatchTime | null> {
  const session = await openSession(path, options);
  try {
    const [input] = session.inputs;
    if (!input || typeof input.shape[0] === 'number') return null;
    const length = inputLength(spec);
    const data = new Float32Array(atOnce * length);
    for (let at = 0; at < atOnce; at++) {
      preprocess(pictures[at % pictures.length]!, spec, data.subarray(at * length, (at + 1) * length));
    }
    const feeds = {
      [input.name]: { dtype: 'float32' as const, dims: [atOnce, planesOf(spec), ...spec.size], data },
    };
    const times: number[] = [];
    const start = performance.now();
    for (let run = 0; run < warmUps + runs; run++) {
      const before = performance.now();
      await session.run(feeds, [scoreOutput]);
      const after = performance.now();
      if (run >= warmUps) times.push(after - before);
      if (times.length > 0 && after - start > longestMs) break;
    }
    return { pictures: atOnce, wholeMs: median(times) };
  } finally {
    await session.dispose();
  }
}
