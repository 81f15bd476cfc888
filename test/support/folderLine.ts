import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FolderConfig } from '../../electron/contract/domain.ts';
import type { JudgeReply } from '../../electron/contract/engine.ts';
import { KenroError, type ErrorKind } from '../../electron/contract/errors.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { Pipeline } from '../../electron/station/pipeline.ts';
import { FolderWatch } from '../../electron/station/sources/folderWatch.ts';
import { fakeEngine } from './fakeEngine.ts';
import { memoryStore, type MemoryStore } from './memoryStore.ts';

/** A picture as the fake engine of these tests understands it: whole when it ends so. */
export function picture(content: string): string {
  return `${content} END`;
}

export interface FolderLine {
  watch: FolderWatch;
  store: MemoryStore;
  /** What the engine read of each part on record, by file, in order. */
  judged: { origin: string; content: string; reason: ErrorKind | null }[];
  /** What the engine has read so far, judged or not, in order; null = the file was gone. */
  read: (string | null)[];
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Resolves when so many parts are on record; rejects when that takes too long. */
  until(count: number, limitMs?: number): Promise<void>;
}

export interface FolderLineOptions {
  path: string;
  baselineFile: string;
  config?: Partial<FolderConfig>;
  /** What is on record from before, for a restart. */
  store?: MemoryStore;
  /** How long the engine takes over each part. */
  judgeMs?: number;
}

/** A watched folder with a pipeline, an engine that reads the files' text, and a store in memory. */
export function folderLine({
  path,
  baselineFile,
  config,
  store = memoryStore(),
  judgeMs = 0,
}: FolderLineOptions): FolderLine {
  const contents = new Map<string, string>();
  const judged: FolderLine['judged'] = [];
  const read: (string | null)[] = [];
  const engine = fakeEngine();
  engine.handle('judge', async ({ key, image }) => {
    const content = await readFile((image as { path: string }).path, 'utf8').catch(() => null);
    contents.set(key, content ?? '');
    read.push(content);
    if (judgeMs > 0) await new Promise((resolve) => setTimeout(resolve, judgeMs));
    if (content === null) return reply('imageVanished');
    return reply(content.endsWith(' END') ? null : 'imageIncomplete', content);
  });
  const pipeline = new Pipeline({
    engine,
    clock: systemClock,
    record: (parts) => store.record(parts),
    context: () => ({ productId: 1, lot: '', model: null }),
    recordShadow: () => undefined,
    keepsOk: () => false,
    draws: () => null,
    onRecorded: (parts) => {
      for (const { part, inspection } of parts) {
        judged.push({
          origin: inspection.origin,
          content: contents.get(part.key) ?? '',
          reason: inspection.reason,
        });
      }
    },
    onHeld: () => undefined,
    onBug: (thrown) => {
      throw thrown;
    },
  });
  const watch = new FolderWatch({
    id: 1,
    config: { kind: 'folder', path, subfolders: true, existing: true, ...config },
    baselineFile,
    clock: systemClock,
    onRecord: (keys) => keys.map((key) => store.knows(key)),
    events: {
      available: () => pipeline.pump(),
      changed: () => undefined,
      failed: (thrown) => {
        throw thrown;
      },
    },
    pace: { settleMs: 60, giveUpMs: 500, checkMs: 50, rescanMs: 400 },
  });
  return {
    watch,
    store,
    judged,
    read,
    start: async () => {
      pipeline.attach(watch);
      await watch.start();
    },
    stop: async () => {
      await pipeline.stop();
      await watch.stop();
    },
    until: async (count, limitMs = 10_000) => {
      const startMs = performance.now();
      while (judged.length < count) {
        if (performance.now() - startMs > limitMs) {
          throw new Error(`${judged.length} of ${count} parts on record after ${limitMs} ms`);
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

function reply(problem: ErrorKind | null, content = ''): JudgeReply {
  return {
    verdict: problem ? 'REVIEW' : 'OK',
    score: problem ? null : 0,
    label: null,
    map: null,
    imageHash: problem ? null : createHash('sha256').update(content).digest('hex'),
    imageKept: false,
    width: 1,
    height: 1,
    decodeMs: 0,
    inferMs: 0,
    error: problem && { kind: problem, params: new KenroError(problem).params },
  };
}
