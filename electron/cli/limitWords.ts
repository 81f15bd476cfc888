import type { UnmetCeiling } from '../contract/evaluation.ts';
import { textsOf } from '../report/evaluation/texts/index.ts';

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const milliseconds = (ms: number) => `${ms.toFixed(2)} ms`;

/** How long one image takes. */
export function inferenceWords(medianMs: number, p99Ms: number): string {
  return `${medianMs.toFixed(2)} ms, 99 % within ${p99Ms.toFixed(2)} ms`;
}

/** A limit that is not kept, in words. */
export function limitWords({ limit, reached, ...what }: UnmetCeiling): string {
  const inWords = what.ceiling === 'latencyP99Ms' ? milliseconds : percent;
  return textsOf('en').unmet({ ...what, limit: inWords(limit), reached: inWords(reached) });
}
