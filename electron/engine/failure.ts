import { KenroError, toErrorInfo } from '../contract/errors.ts';
import type { ErrorInfo, ErrorKind, ErrorParams } from '../contract/errors.ts';
import { ModelError } from '../../native-models/errors.ts';

type Params = Readonly<Record<string, string | number>>;

/** Turns anything thrown inside the engine into what may cross to the host. */
export function toFailure(thrown: unknown): ErrorInfo {
  if (!(thrown instanceof ModelError)) return toErrorInfo(thrown);
  // Does not compile when the model engine has a kind that the contract lacks.
  const kind: ErrorKind = thrown.kind;
  const cause = thrown.cause === undefined ? {} : { cause: thrown.cause };
  return toErrorInfo(new KenroError(kind, contractParams(kind, thrown.params), cause));
}

/** Does `work` with a model file; a failure that does not say which file it was is made to. */
export async function aboutModel<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof ModelError) || thrown.params['file'] !== undefined) throw thrown;
    const { kind, params, cause } = thrown;
    throw new ModelError(kind, { ...params, file: path }, cause === undefined ? {} : { cause });
  }
}

/**
 * The model engine names things from the graph's side, the texts on screen from the user's: a file is a `path`,
 * whatever has a name in the graph is a `name`. What no text asks for passes unchanged.
 */
function contractParams(kind: ErrorKind, params: Params): ErrorParams {
  if (kind === 'modelExternalDataMissing') {
    const { data, file, name, ...rest } = params;
    return data === undefined
      ? defined({ ...rest, path: name, file })
      : defined({ ...rest, path: file, file: data });
  }
  const { file, operator, input, output, got, expected, ...rest } = params;
  return defined({
    ...rest,
    path: rest['path'] ?? file,
    op: operator,
    name: rest['name'] ?? input ?? output ?? (kind === 'modelShapeUnresolved' ? operator : undefined),
    shape: rest['shape'] ?? (got === undefined ? undefined : `${got} ≠ ${expected}`),
  });
}

/** Leaves out what is absent or empty, so that a text can leave it out too. */
function defined(params: Record<string, string | number | undefined>): ErrorParams {
  const present = Object.entries(params).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined && entry[1] !== '',
  );
  return Object.fromEntries(present);
}
