import { realpathSync } from 'node:fs';
import { open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep, win32 } from 'node:path';
import { ModelError } from '../errors.ts';
import { readRegularFile, RefusedFile } from '../regularFile.ts';
import type { Model } from './ir.ts';
import { readModel, type ExternalLocation } from './read.ts';
import { writeModel } from './write.ts';

/**
 * A model's file and all that it names outside itself, together: what protobuf allows a single file. Without a bound a
 * file of a few kB could have the same gigabyte read for each of a thousand tensors.
 */
export const mostModelBytes = 2 ** 31;

/** Offsets of external tensors are multiples of this, so that runtimes can map the file into memory. */
const alignmentBytes = 4096;

/** A message need not hold more of what a file calls another one. */
const mostNameLength = 1000;

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
  const name = basename(path);
  const bytes = readModelBytes(path, name);
  const folder = await realpath(dirname(path));
  let left = mostModelBytes - bytes.length;
  return readModel(bytes, {
    name,
    readExternal: (where) => {
      onExternal(where.location);
      const data = readConfined(folder, where, name, left);
      left -= data.length;
      return data;
    },
  });
}

function readModelBytes(path: string, name: string): Buffer {
  try {
    return readRegularFile(path, mostModelBytes);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ModelError(
      missing ? 'modelMissing' : 'modelUnreadable',
      { name, file: path, reason: (cause as Error).message },
      { cause },
    );
  }
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
function readConfined(
  folder: string,
  where: ExternalLocation,
  model: string,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  const { location } = where;
  const refuse = (reason: string) =>
    new ModelError('modelUnreadable', { name: model, file: location.slice(0, mostNameLength), reason });
  const parts = location.split(/[/\\]/);
  if (isAbsolute(location) || win32.isAbsolute(location) || parts.includes('..')) {
    throw refuse('external data outside the folder of the model');
  }
  try {
    const path = realpathSync(join(folder, location));
    const inside = relative(folder, path);
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      throw refuse('external data outside the folder of the model');
    }
    const bytes = readRegularFile(path, maxBytes, where);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    if (cause instanceof RangeError || cause instanceof RefusedFile) {
      throw refuse(`external data: ${cause.message}`);
    }
    const file = location.slice(0, mostNameLength);
    throw new ModelError('modelExternalDataMissing', { name: model, file }, { cause });
  }
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
