import type { UnmetCeiling } from '../contract/evaluation.ts';
import { textsOf } from '../report/evaluation/texts/index.ts';

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const milliseconds = (ms: number) => `${ms.toFixed(1)} ms`;

/** A limit that is not kept, in words. */
export function limitWords({ limit, reached, ...what }: UnmetCeiling): string {
  const inWords = what.ceiling === 'latencyP99Ms' ? milliseconds : percent;
  return textsOf('en').unmet({ ...what, limit: inWords(limit), reached: inWords(reached) });
}
