import { KenroError } from '../contract/errors.ts';
import { hashFile } from '../platform/hashedCopy.ts';
import { ModelError } from '../../native-models/errors.ts';

export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
}

/**
 * A model is what its hash says, or it judges nothing.
 * @throws {ModelError} `modelMissing`
 * @throws {KenroError} `modelHashMismatch`
 */
export async function checkHash({ path, sha256 }: ModelFile): Promise<void> {
  const found = await hashModel(path);
  if (found !== sha256) throw new KenroError('modelHashMismatch', { path, expected: sha256, found });
}

/** Lower-case hexadecimal SHA-256 of a model file. @throws {ModelError} `modelMissing` */
export async function hashModel(path: string): Promise<string> {
  return hashFile(path).catch((cause: unknown) => {
    throw new ModelError('modelMissing', { file: path }, { cause });
  });
}
