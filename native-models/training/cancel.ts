import { ModelError } from '../errors.ts';

/** @throws ModelError `cancelled` when the signal is aborted */
export function checkCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ModelError('cancelled');
}
