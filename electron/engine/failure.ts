import { KenroError, toErrorInfo } from '../contract/errors.ts';
import type { ErrorInfo, ErrorKind } from '../contract/errors.ts';
import { ModelError } from '../../native-models/errors.ts';

/** Turns anything thrown inside the engine into what may cross to the host. */
export function toFailure(thrown: unknown): ErrorInfo {
  if (!(thrown instanceof ModelError)) return toErrorInfo(thrown);
  // Does not compile when the model engine has a kind that the contract lacks.
  const kind: ErrorKind = thrown.kind;
  const cause = thrown.cause === undefined ? {} : { cause: thrown.cause };
  return toErrorInfo(new KenroError(kind, { ...thrown.params }, cause));
}
