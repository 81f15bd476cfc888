import type { Precision } from '../../../native-models/detectors/detector.ts';
import type { Provider } from '../../../native-models/runtime/session.ts';

/** How an engine process shares the processor among the parts it judges. */
export interface LanePlan {
  readonly provider: Provider;
  /** On a device; absent: single. */
  readonly precision?: Precision;
  /** Parts judged side by side, each on a thread of its own. */
  readonly lanes: number;
  /** Threads of the network for a part that has the processor to itself. */
  readonly threadsAlone: number;
  /** Threads of the network for each of several parts. */
  readonly threadsShared: number;
}

/** Every lane holds each open detector once more. */
const mostLanes = 4;

/**
 * Parts side by side get more done than threads within a part, which wait for each other after each operator;
 * a part that is alone is done sooner with all of them.
 *
 * @param threads to use at most; 0 = those of the computer
 * @param processors logical processors of the computer
 */
export function planLanes(provider: Provider, threads: number, processors: number): LanePlan {
  // Anything but the processor is one device, which takes one part after the other.
  if (provider !== 'cpu') return { provider, lanes: 1, threadsAlone: threads, threadsShared: threads };
  // Two logical processors are often one core, which a network's arithmetic fills by itself.
  const cores = threads || Math.max(Math.min(mostLanes, processors), Math.floor(processors / 2));
  const lanes = Math.min(mostLanes, cores);
  return { provider, lanes, threadsAlone: cores, threadsShared: Math.floor(cores / lanes) };
}
