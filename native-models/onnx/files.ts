import { open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { closeSync, openSync, readSync, fstatSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep, win32 } from 'node:path';
import { ModelError } from '../errors.ts';
import type { Model } from './ir.ts';
import { readModel, type ExternalLocation } from './read.ts';
import { writeModel } from './write.ts';

/** Offsets of external tensors are multiples of this, so that runtimes can map the file into memory. */
const alignmentBytes = 4096;

export interface SaveOptions {
  /** Keep large initializers in a file beside the model instead of inside it. */
  readonly externalData?: {
    /** A plain file name; default: the model's own name with `.data` added. */
    readonly file?: string;
    /** Tensors smaller than this stay inside; default 1024. */
    readonly minimumBytes?: number;
  };
}

/**
 * Reads an ONNX file with its external data, which must lie in the model's own folder or below it, also after
 * following symbolic links.
 * @param onExternal told the location of each tensor that lies in another file, relative to the model's folder
 * @throws ModelError modelMissing, modelUnreadable, modelExternalDataMissing
 */
export async function loadModelFile(
  path: string,
  onExternal: (location: string) => void = () => undefined,
): Promise<Model> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ModelError(
      missing ? 'modelMissing' : 'modelUnreadable',
      { name: basename(path), file: path, reason: (cause as Error).message },
      { cause },
    );
  });
  const folder = await realpath(dirname(path));
  return readModel(bytes, {
    name: basename(path),
    readExternal: (where) => {
      onExternal(where.location);
      return readConfined(folder, where, basename(path));
    },
  });
}

/**
 * Writes the model. Each file is written under a temporary name first and renamed when it is complete; with external
 * data that of the data goes first, so give a new `file` name where the model that is there must survive a crash
 * in between.
 * @throws ModelError badRequest where `externalData.file` is no plain file name
 */
export async function saveModelFile(path: string, model: Model, options: SaveOptions = {}): Promise<void> {
  const { externalData } = options;
  if (!externalData) return writeWhole(path, [writeModel(model)]);

  const location = externalData.file ?? `${basename(path)}.data`;
  if (location !== basename(location) || location !== win32.basename(location) || location === '..') {
    throw new ModelError('badRequest', { reason: 'external data file is no plain name', file: location });
  }
  const chunks: Uint8Array[] = [];
  let end = 0;
  const bytes = writeModel(model, {
    storeExternal: (_name, data) => {
      if (data.byteLength < (externalData.minimumBytes ?? 1024)) return null;
      const offset = Math.ceil(end / alignmentBytes) * alignmentBytes;
      chunks.push(new Uint8Array(offset - end), data);
      end = offset + data.byteLength;
      return { location, offset, length: data.byteLength };
    },
  });
  if (chunks.length > 0) await writeWhole(join(dirname(path), location), chunks);
  await writeWhole(path, [bytes]);
}

/** Reads a stretch of a file that lies in `folder` (a real path) or below it. */
function readConfined(folder: string, where: ExternalLocation, model: string): Uint8Array {
  const { location, offset } = where;
  const refuse = (reason: string) =>
    new ModelError('modelUnreadable', { name: model, file: location, reason });
  const parts = location.split(/[/\\]/);
  if (isAbsolute(location) || win32.isAbsolute(location) || parts.includes('..')) {
    throw refuse('external data outside the folder of the model');
  }

  let file: number;
  try {
    const path = realpathSync(join(folder, location));
    const inside = relative(folder, path);
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      throw refuse('external data outside the folder of the model');
    }
    file = openSync(path, 'r');
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    throw new ModelError('modelExternalDataMissing', { name: model, file: location }, { cause });
  }
  try {
    const facts = fstatSync(file);
    const length = where.length ?? facts.size - offset;
    if (!facts.isFile() || length < 0 || offset + length > facts.size) {
      throw refuse(`external data end before byte ${offset + Math.max(length, 0)}`);
    }
    return readFully(file, offset, length);
  } finally {
    closeSync(file);
  }
}

function readFully(file: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, offset + done);
    if (count === 0) throw new RangeError('external data shorter than the file says');
    done += count;
  }
  return bytes;
}

async function writeWhole(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  // In the same folder, so that the rename cannot cross file systems.
  const temporary = `${path}.${process.pid}.part`;
  try {
    const file = await open(temporary, 'w');
    try {
      for (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
