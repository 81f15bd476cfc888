import type { EngineState } from '../contract/domain.ts';
import type { EngineCallName, EngineProgress, EngineReply, EngineRequest } from '../contract/engine.ts';

export interface CallOptions {
  /** Aborting rejects the call with `cancelled`; the engine stops working on it. */
  signal?: AbortSignal;
  /** Told from time to time during `teach`, `train` and `evaluate`. */
  onProgress?: (progress: EngineProgress) => void;
}

/**
 * An engine process as its host sees it: one that is always there. Behind it the process may die, hang and be
 * started again; models are loaded again before the next call reaches it.
 */
export interface EngineClient {
  /**
   * Several calls may be under way at once. Replies may come in another order than the calls.
   *
   * Every call but `teach`, `train`, `evaluate` and `tryProvider` is repeated by itself when the process dies under it: once alone, to
   * tell the part that kills the engine from those that were merely there. What kills it twice is given up.
   *
   * @throws {KenroError} what the engine reports; `engineLost` when the process died (twice, for repeated
   *   calls) or cannot be started; `engineTimeout` when it hung; `cancelled` after an abort or `stop`.
   */
  call<Name extends EngineCallName>(
    name: Name,
    request: EngineRequest<Name>,
    options?: CallOptions,
  ): Promise<EngineReply<Name>>;

  readonly state: EngineState;

  /** So many `judge` calls under way keep the engine busy. */
  readonly busyWith: number;

  /** Ends the process for good; calls still open reject with `cancelled`. */
  stop(): Promise<void>;
}
