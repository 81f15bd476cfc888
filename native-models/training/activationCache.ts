import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '../errors.ts';
import { tensorBytes, tensorFromBytes } from '../onnx/dataTypes.ts';
import type { Tensor } from '../onnx/ir.ts';
import { writeModel } from '../onnx/write.ts';
import { openSession, type Session, type SessionOptions } from '../runtime/session.ts';
import { readActivations, writeActivations, type Activations } from './activationFile.ts';
import type { CutModel } from './cutModel.ts';

export interface ActivationCacheOptions {
  /** Most bytes of activations held in memory. */
  readonly memoryBytes: number;
  /** Where what does not fit into memory goes; absent = it is computed anew each time. */
  readonly disk?: {
    /** Made where it is missing; the owner removes it. */
    readonly folder: string;
    /** Most bytes of files of this model and preprocessing. */
    readonly bytes: number;
  };
  /** Hash of how images become input tensors (size, mean, scale …). */
  readonly preprocessing: string;
  readonly session?: SessionOptions;
}

/** An image whose activations can be kept. */
export interface CacheableImage {
  /** Of the file's bytes, hex. */
  readonly sha256: string;
  /** The preprocessed image [1, channels, height, width]; asked for only where nothing is kept of it. */
  readonly load: () => Promise<Tensor>;
}

/**
 * Runs the frozen part of a model once for each image and keeps what it gives: in memory, what comes later on disk.
 * Nothing is dropped to make room, as an epoch asks for every image once and the dropped one would be next.
 *
 * A file is found by a hash of the frozen part (its weights and the names of the cut tensors), of the preprocessing
 * and of the image. One that is damaged or belongs to something else is written anew; a disk that cannot be written
 * to is left alone from then on.
 *
 * Images run through the frozen part one at a time: what is kept of one does not depend on which others were
 * missing, so a training that is resumed goes on bit for bit.
 */
export class ActivationCache {
  private readonly memory = new Map<string, Activations>();
  private memoryBytes = 0;
  private diskBytes: number;
  private canWrite: boolean;
  private readonly session: Session;
  private readonly cut: CutModel;
  private readonly key: string;
  private readonly options: ActivationCacheOptions;

  private constructor(
    session: Session,
    cut: CutModel,
    key: string,
    options: ActivationCacheOptions,
    diskBytes: number,
  ) {
    this.session = session;
    this.cut = cut;
    this.key = key;
    this.options = options;
    this.diskBytes = diskBytes;
    this.canWrite = options.disk !== undefined;
  }

  static async open(cut: CutModel, options: ActivationCacheOptions): Promise<ActivationCache> {
    const bytes = writeModel(cut.frozen);
    const key = hashOf(`${hashOf(bytes)} ${options.preprocessing}`);
    const session = await openSession(bytes, options.session);
    const used = options.disk ? await bytesIn(join(options.disk.folder, key)) : 0;
    return new ActivationCache(session, cut, key, options, used);
  }

  /** Bytes held in memory now. */
  get bytesInMemory(): number {
    return this.memoryBytes;
  }

  /**
   * The cut tensors of a batch, to feed to the remainder.
   * @returns by name, [images.length, …]
   */
  async batch(images: readonly CacheableImage[]): Promise<Record<string, Tensor>> {
    const rows: Activations[] = [];
    for (const image of images) rows.push(await this.activations(image));
    return Object.fromEntries(this.cut.cut.map((name) => [name, stack(rows.map((row) => row.get(name)!))]));
  }

  dispose(): Promise<void> {
    this.memory.clear();
    return this.session.dispose();
  }

  private async activations(image: CacheableImage): Promise<Activations> {
    const held = this.memory.get(image.sha256);
    if (held) return held;
    const stored = await this.read(image.sha256);
    const activations = stored ?? (await this.compute(image));
    const size = [...activations.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    if (this.memoryBytes + size <= this.options.memoryBytes) {
      this.memory.set(image.sha256, activations);
      this.memoryBytes += size;
    } else if (!stored) {
      await this.write(image.sha256, activations);
    }
    return activations;
  }

  private async compute(image: CacheableImage): Promise<Activations> {
    const [input] = this.session.inputs;
    const results = await this.session.run({ [input!.name]: await image.load() });
    return new Map(this.cut.cut.map((name) => [name, results[name]!]));
  }

  private fileOf(image: string): string | null {
    const { disk } = this.options;
    return disk ? join(disk.folder, this.key, `${image}.safetensors`) : null;
  }

  private async read(image: string): Promise<Activations | null> {
    const path = this.fileOf(image);
    const bytes = path && (await readFile(path).catch(() => null));
    const activations = bytes ? readActivations(bytes, `${this.key} ${image}`) : null;
    return activations && this.cut.cut.every((name) => activations.has(name)) ? activations : null;
  }

  private async write(image: string, activations: Activations): Promise<void> {
    const path = this.fileOf(image);
    if (!path || !this.canWrite) return;
    const bytes = writeActivations(`${this.key} ${image}`, activations);
    if (this.diskBytes + bytes.length > this.options.disk!.bytes) return;
    const temporary = `${path}.part`;
    try {
      await mkdir(join(this.options.disk!.folder, this.key), { recursive: true });
      await writeFile(temporary, bytes);
      await rename(temporary, path);
      this.diskBytes += bytes.length;
    } catch {
      // Full or read-only: training goes on, computing what it cannot keep.
      this.canWrite = false;
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }
}

const hashOf = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Puts rows of the same shape [1, …] below each other. @throws ModelError `modelInputUnsupported` where they differ */
function stack(rows: readonly Tensor[]): Tensor {
  const [first] = rows;
  const [, ...rest] = first!.dims;
  const bytes = tensorBytes(first!).length;
  const all = new Uint8Array(bytes * rows.length);
  rows.forEach((row, i) => {
    if (row.dims.join() !== [1, ...rest].join()) {
      throw new ModelError('modelInputUnsupported', {
        got: row.dims.join('×'),
        expected: [1, ...rest].join('×'),
      });
    }
    all.set(tensorBytes(row), i * bytes);
  });
  return tensorFromBytes(first!.dtype, [rows.length, ...rest], all);
}
