import type { Latency } from '../../../electron/contract/domain.ts';

/** The whole verdict in ms: the parts add up. */
export function totalMs(latency: Latency): number {
  return latency.waitMs + latency.decodeMs + latency.inferMs + latency.smoothMs + latency.storeMs;
}
