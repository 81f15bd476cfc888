import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceConfig } from '../../contract/domain.ts';
import { KenroError } from '../../contract/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { errorCode, writeDurably } from '../../platform/durableFile.ts';
import { numberedPartKey, type PartKey } from '../../store/partKey.ts';
import type { Part } from '../part.ts';
import type { LiveSource, SourceEvents } from './source.ts';

export interface CameraOptions {
  id: number;
  /** Frames are kept here until they are on record. */
  spoolDir: string;
  /** Number of the first frame: those before it are on record. */
  firstIndex: number;
  onRecord: (keys: PartKey[]) => boolean[];
  clock: Clock;
  events: SourceEvents;
}

interface Frame {
  readonly index: number;
  readonly serial: string;
  readonly readyMs: number;
}

/** At most so many frames wait on disk; a page that triggers faster than they are judged is told so. */
const spoolLimit = 1_000;

/**
 * Frames that a page sends. Each is written to disk before the page is told that it has arrived, judged in
 * order, and removed when it is on record: neither a crash nor a power cut loses one.
 */
export class Camera implements LiveSource {
  readonly id: number;
  readonly #options: CameraOptions;
  #next: number;
  /** Oldest first. */
  #frames: Frame[] = [];
  #stopped = false;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: CameraOptions) {
    this.id = options.id;
    this.#options = options;
    this.#next = options.firstIndex;
  }

  get waiting(): number {
    return this.#frames.length;
  }

  get condition(): LiveSource['condition'] {
    return { status: this.waiting > 0 ? 'running' : 'waiting' };
  }

  start(): Promise<void> {
    const started = this.#takeUp();
    // Frames that come meanwhile wait for their turn.
    this.#writing = started.catch(() => undefined);
    return started;
  }

  /** Takes up the frames that an earlier run left behind. */
  async #takeUp(): Promise<void> {
    const { onRecord, clock, events } = this.#options;
    const names = await this.#spooled();
    const indices = names.filter((name) => name.endsWith('.frame')).map((name) => Number.parseInt(name, 10));
    indices.sort((a, b) => a - b);
    const recorded = onRecord(indices.map((index) => numberedPartKey(this.id, index)));
    const waiting = new Set(indices.filter((_, at) => !recorded[at]));
    for (const name of names) {
      // Also halves of frames that were never confirmed.
      if (name.endsWith('.tmp') || !waiting.has(Number.parseInt(name, 10))) await this.#removeFile(name);
    }
    for (const index of waiting) {
      this.#frames.push({ index, serial: await this.#serialOf(index), readyMs: clock.monotonicMs() });
      this.#next = Math.max(this.#next, index + 1);
    }
    if (this.#frames.length > 0) events.available();
  }

  async #spooled(): Promise<string[]> {
    try {
      return await readdir(this.#options.spoolDir);
    } catch (thrown) {
      if (errorCode(thrown) === 'ENOENT') return [];
      throw thrown;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#writing;
    this.#frames = [];
  }

  reconfigure(config: SourceConfig): boolean {
    return config.kind === 'camera';
  }

  /**
   * Takes a frame in; resolves once it is safe on disk.
   * @param image base64 of a JPEG or PNG file.
   * @throws {KenroError} `badRequest` when it is not base64 or empty; `conflict` when the source is paused or
   *   too many frames are waiting; `diskFull`, `diskReadOnly`.
   */
  receive(image: string, serial: string): Promise<void> {
    const bytes = Buffer.from(image, 'base64');
    if (bytes.length === 0) throw new KenroError('badRequest', { field: 'image' });
    const written = this.#writing.then(() => this.#receive(bytes, serial));
    // One after the other, so that frames keep their order; a failed one does not stop the next.
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #receive(bytes: Buffer, serial: string): Promise<void> {
    if (this.#stopped) throw new KenroError('conflict', { what: 'source', reason: 'paused' });
    if (this.#frames.length >= spoolLimit)
      throw new KenroError('conflict', { what: 'source', reason: 'full' });
    const index = this.#next++;
    // The frame itself comes last: with it the part exists.
    if (serial !== '') await writeDurably(this.#path(index, 'serial'), serial);
    await writeDurably(this.#path(index, 'frame'), bytes);
    this.#frames.push({ index, serial, readyMs: this.#options.clock.monotonicMs() });
    this.#options.events.available();
  }

  take(): Part | null {
    const frame = this.#stopped ? undefined : this.#frames.shift();
    if (!frame) return null;
    return {
      key: numberedPartKey(this.id, frame.index),
      sourceId: this.id,
      origin: String(frame.index),
      serial: frame.serial,
      image: { from: 'file', path: this.#path(frame.index, 'frame') },
      readyMs: frame.readyMs,
    };
  }

  accepts(): boolean {
    return true;
  }

  recorded(part: Part): void {
    // A frame that cannot be removed now is found on record at the next start.
    const index = Number(part.origin);
    void this.#removeFile(fileName(index, 'frame')).then(() => this.#removeFile(fileName(index, 'serial')));
    this.#options.events.changed();
  }

  async #removeFile(name: string): Promise<void> {
    await rm(join(this.#options.spoolDir, name), { force: true }).catch(() => undefined);
  }

  async #serialOf(index: number): Promise<string> {
    return readFile(this.#path(index, 'serial'), 'utf8').catch(() => '');
  }

  #path(index: number, kind: 'frame' | 'serial'): string {
    return join(this.#options.spoolDir, fileName(index, kind));
  }
}

function fileName(index: number, kind: 'frame' | 'serial'): string {
  return `${String(index).padStart(12, '0')}.${kind}`;
}
