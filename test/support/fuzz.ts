import { appendFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { FuzzRow } from '../../build/fuzzTable.ts';

/** What a target made of an input; anything else it does breaks the invariant. */
export type Fate = 'taken' | 'refused';

/** A way for hostile input into Kenro. */
export interface FuzzTarget<Input> {
  readonly name: string;
  readonly inputs: fc.Arbitrary<Input>;
  /** Kept: tried before anything random, at every size. */
  readonly corpus: readonly Input[];
  /** Throws where an input breaks anything: an error that is not an expected one, a file where none should be. */
  readonly attempt: (input: Input) => Fate | Promise<Fate>;
  /** Random inputs within `npm test`. */
  readonly usualRuns: number;
  readonly bounds: {
    /** Processor time of the thread for one input: as long as it could hold up an event loop. */
    readonly blockMs: number;
    /** Growth of the process's peak memory over all inputs. */
    readonly memoryMb: number;
  };
}

/** Set by `npm run test:fuzz`; absent, the small size of `npm test` with the usual seed. */
const settings = {
  runs: numberFrom('KENRO_FUZZ_RUNS'),
  seed: numberFrom('KENRO_FUZZ_SEED') ?? 1,
  report: process.env['KENRO_FUZZ_REPORT'],
};

function numberFrom(name: string): number | undefined {
  const text = process.env[name];
  return text === undefined ? undefined : Number(text);
}

/**
 * Tries the corpus and then random inputs, and holds the target to its bounds. What is found prints seed and path of
 * the smallest input that shows it; such an input belongs into the corpus.
 */
export async function fuzz<Input>(target: FuzzTarget<Input>): Promise<FuzzRow> {
  const { name, inputs, corpus, attempt, usualRuns, bounds } = target;
  const counts = { taken: 0, refused: 0 };
  let worstMs = 0;
  const startMs = performance.now();
  const startKb = process.resourceUsage().maxRSS;
  const one = async (input: Input) => {
    const before = process.threadCpuUsage();
    counts[await attempt(input)] += 1;
    const { user, system } = process.threadCpuUsage(before);
    const ms = (user + system) / 1000;
    worstMs = Math.max(worstMs, ms);
    if (ms > bounds.blockMs) throw new Error(`${ms.toFixed(0)} ms of the thread, bound ${bounds.blockMs}`);
  };
  await fc.assert(fc.asyncProperty(inputs, one), {
    numRuns: corpus.length + (settings.runs ?? usualRuns),
    seed: settings.seed,
    examples: corpus.map((input) => [input]),
  });
  const row: FuzzRow = {
    target: name,
    inputs: counts.taken + counts.refused,
    refused: counts.refused,
    worstMs: Math.round(worstMs),
    worstMb: Math.round(((process.resourceUsage().maxRSS - startKb) * 1024) / 1e6),
    seconds: Math.round((performance.now() - startMs) / 100) / 10,
  };
  process.stdout.write(`fuzz ${JSON.stringify(row)}\n`);
  if (settings.report !== undefined) appendFileSync(settings.report, `${JSON.stringify(row)}\n`);
  expect(row.worstMb, 'growth of the peak memory in MB').toBeLessThanOrEqual(bounds.memoryMb);
  return row;
}

/** Longer texts than this reach no screen. */
const mostText = 4_000;

/**
 * The fate of something that may fail in an expected way only.
 * @param isExpected tells such errors
 */
export async function fateOf(work: () => unknown, isExpected: (thrown: unknown) => boolean): Promise<Fate> {
  try {
    await work();
    return 'taken';
  } catch (thrown) {
    if (!isExpected(thrown)) throw thrown;
    const { length } = (thrown as Error).message;
    if (length > mostText) throw new Error(`an error of ${length} characters`, { cause: thrown });
    return 'refused';
  }
}
