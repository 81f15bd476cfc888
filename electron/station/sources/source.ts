import type { SourceConfig } from '../../contract/domain.ts';
import type { ErrorInfo } from '../../contract/errors.ts';
import type { PartSource } from '../part.ts';

/** A source as the station runs it. */
export interface LiveSource extends PartSource {
  /** `waiting`: there is nothing to deliver now; `error`: it cannot deliver and tries again by itself. */
  readonly condition: { status: 'running' | 'waiting' | 'error'; error?: ErrorInfo };
  start(): void | Promise<void>;
  /** Delivers nothing more. Parts taken before are still told to `accepts` and `recorded`. */
  stop(): void | Promise<void>;
  /** Takes over a configuration of the same kind without a break; `false`: must be made anew. */
  reconfigure(config: SourceConfig): boolean;
}

/** What a source tells its station. */
export interface SourceEvents {
  /** There is something to take. */
  available: () => void;
  /** `condition` or `waiting` is another one. */
  changed: () => void;
  /** Something went wrong that the source gets over by itself, for the log. */
  failed: (thrown: unknown) => void;
}
