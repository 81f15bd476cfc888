import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { ReferencePart, type ReferenceScore } from '../contract/engine.ts';
import { asDiskError, copyDurably, errorCode, flushFolder, writeDurably } from '../platform/durableFile.ts';

/** Pictures that stay with one model, together; parts whose pictures would exceed it are left out. */
const mostBytes = 64 * 1024 * 1024;

/** How systems say that the folder is there already. */
const isTaken = process.platform === 'win32' ? ['EPERM', 'EEXIST'] : ['ENOTEMPTY', 'EEXIST'];

const Reference = z.object({ parts: z.array(ReferencePart).min(1).max(100) });

/** Beside the model's file: scores from its making, and their pictures. */
export function referenceFolder(modelsDir: string, sha256: string): string {
  return join(modelsDir, `${sha256}.reference`);
}

/**
 * Keeps parts that a model was measured on when it was made, complete or not at all. Pictures are copied, since those of a
 * line come and go; a part whose picture is gone or not a file is left out.
 * @throws {KenroError} `diskFull`, `diskReadOnly`
 */
export async function keepReference(
  modelsDir: string,
  sha256: string,
  scores: readonly ReferenceScore[],
): Promise<void> {
  const folder = referenceFolder(modelsDir, sha256);
  // The same model may be made twice at once.
  const draft = `${folder}.${randomUUID()}.tmp`;
  await mkdir(draft, { recursive: true });
  try {
    const parts: ReferencePart[] = [];
    let left = mostBytes;
    for (const { name, score, label } of scores) {
      const size = isAbsolute(name) ? await sizeOf(name) : null;
      if (size === null || size > left) continue;
      left -= size;
      const path = `${parts.length}${extname(name)}`;
      await copyDurably(name, join(draft, path));
      parts.push({ name, score, label, image: { from: 'file', path } });
    }
    if (parts.length > 0) await putInPlace(draft, folder, parts);
  } catch (thrown) {
    throw asDiskError(thrown, draft);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Keeps drawn parts, which need no pictures. */
export async function keepDrawnReference(
  modelsDir: string,
  sha256: string,
  parts: readonly ReferencePart[],
): Promise<void> {
  const folder = referenceFolder(modelsDir, sha256);
  await mkdir(folder, { recursive: true });
  await writeList(folder, parts);
}

/** What was kept, its pictures where they lie now; `null` where nothing was, or it cannot be read any more. */
export async function readReference(modelsDir: string, sha256: string): Promise<ReferencePart[] | null> {
  const folder = referenceFolder(modelsDir, sha256);
  const text = await readFile(join(folder, 'reference.json'), 'utf8').catch(() => '');
  const known = Reference.safeParse(parsed(text));
  if (!known.success) return null;
  return known.data.parts.map(({ image, ...part }) => {
    return { ...part, image: image.from === 'file' ? { ...image, path: join(folder, image.path) } : image };
  });
}

async function putInPlace(draft: string, folder: string, parts: readonly ReferencePart[]): Promise<void> {
  await writeList(draft, parts);
  const replaced = `${folder}.${randomUUID()}.tmp`;
  await rename(folder, replaced).catch((thrown: unknown) => {
    if (errorCode(thrown) !== 'ENOENT') throw thrown;
  });
  await rename(draft, folder).catch((thrown: unknown) => {
    // Somebody else has put the same there meanwhile.
    if (!isTaken.includes(errorCode(thrown) ?? '')) throw thrown;
  });
  await flushFolder(dirname(folder));
  await rm(replaced, { recursive: true, force: true });
}

async function writeList(folder: string, parts: readonly ReferencePart[]): Promise<void> {
  await writeDurably(join(folder, 'reference.json'), JSON.stringify({ parts }, null, 2));
}

async function sizeOf(path: string): Promise<number | null> {
  return (await stat(path).catch(() => null))?.size ?? null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
