import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { KenroError } from '../contract/errors.ts';
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
  const found = await hashFile(path);
  if (found !== sha256) throw new KenroError('modelHashMismatch', { path, expected: sha256, found });
}

/** Lower-case hexadecimal SHA-256 of a model file. @throws {ModelError} `modelMissing` */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch((cause: unknown) => {
    throw new ModelError('modelMissing', { file: path }, { cause });
  });
  return hash.digest('hex');
}
