import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { KenroError } from '../contract/errors.ts';
import { asDiskError, copyDurably, errorCode, flushFolder, flushFolders } from '../platform/durableFile.ts';
import { hashFile } from '../platform/hashedCopy.ts';
import { referenceFolder } from './reference.ts';

/**
 * Where a detector or backbone lies: `<sha256>.onnx`, never changed in place. A network whose weights are in
 * files of their own has a folder of that name instead, since such files are found by their names.
 */
export function modelFile(modelsDir: string, sha256: string): string {
  const folder = join(modelsDir, sha256);
  return existsSync(folder) ? join(folder, 'model.onnx') : `${folder}.onnx`;
}

/** SHA-256 of a file, lower-case hexadecimal. @throws {KenroError} `modelMissing`. */
export async function fileSha256(path: string): Promise<string> {
  return hashFile(path).catch((thrown: unknown) => {
    throw asModelError(thrown, path);
  });
}

/**
 * Copies a network into the registry's folder.
 * @param externalFiles files with its weights, relative to its folder.
 * @returns its address: SHA-256 of the file, or of it and its external files.
 * @throws {KenroError} `modelMissing`, `modelExternalDataMissing`, `modelHashMismatch`, `diskFull`, `diskReadOnly`.
 */
export async function adoptModel(
  modelsDir: string,
  path: string,
  externalFiles: readonly string[] = [],
  expectedSha256?: string,
): Promise<string> {
  const own = await fileSha256(path);
  if (expectedSha256 !== undefined && own !== expectedSha256) {
    throw new KenroError('modelHashMismatch', { file: basename(path) });
  }
  if (externalFiles.length === 0) {
    await place(path, join(modelsDir, `${own}.onnx`), copyDurably);
    return own;
  }
  const sha256 = await combinedSha256(path, own, externalFiles);
  await place(path, join(modelsDir, sha256), async (from, draft) => {
    await copyDurably(from, join(draft, 'model.onnx'));
    for (const name of externalFiles) await copyDurably(join(dirname(from), name), join(draft, name));
    await flushFolders(draft);
  });
  return sha256;
}

/** Address of a network with its weights in files of their own. @throws {KenroError} `modelExternalDataMissing`. */
export async function combinedSha256(
  path: string,
  own: string,
  externalFiles: readonly string[],
): Promise<string> {
  const hash = createHash('sha256').update(own);
  for (const name of externalFiles) {
    const sha256 = await fileSha256(join(dirname(path), name)).catch((thrown: unknown) => {
      if (!(thrown instanceof KenroError)) throw thrown;
      throw new KenroError(
        'modelExternalDataMissing',
        { file: basename(path), data: name },
        { cause: thrown },
      );
    });
    hash.update(`\n${name}\n${sha256}`);
  }
  return hash.digest('hex');
}

/** Content under its hash is either not there or whole. */
async function place(
  from: string,
  to: string,
  copy: (from: string, draft: string) => Promise<void>,
): Promise<void> {
  if (existsSync(to)) return;
  const draft = `${to}.${randomUUID()}.tmp`;
  try {
    await copy(from, draft);
    await rename(draft, to);
    await flushFolder(dirname(to));
  } catch (thrown) {
    await rm(draft, { recursive: true, force: true });
    // Somebody else has put the same content there meanwhile.
    if (!existsSync(to)) throw asDiskError(thrown, to);
  }
}

/** Removes the file of a model that nothing in the registry refers to any more. */
export async function dropModel(modelsDir: string, sha256: string): Promise<void> {
  await rm(join(modelsDir, `${sha256}.onnx`), { force: true });
  await rm(join(modelsDir, sha256), { recursive: true, force: true });
  await rm(referenceFolder(modelsDir, sha256), { recursive: true, force: true });
}

function asModelError(thrown: unknown, path: string): unknown {
  const code = errorCode(thrown);
  if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') {
    return new KenroError('modelMissing', { file: path }, { cause: thrown });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new KenroError('modelUnreadable', { file: path }, { cause: thrown });
  }
  return thrown;
}
