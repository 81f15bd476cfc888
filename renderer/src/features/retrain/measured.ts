import type { FineTuneReply, KpiFigures } from '../../../../electron/contract/engine.ts';

/** A model of a result: the one in use, the one made, or one it is compared with. */
export interface Measured {
  readonly key: string;
  readonly name: string;
  /** Over a narrow column. */
  readonly shortName: string;
  /** On the test side. */
  readonly figures: KpiFigures;
  /** On its training; `null` for the model in use. */
  readonly spent: Pick<FineTuneReply, 'seconds' | 'trainFlops'> | null;
}
