import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { writeDurably } from '../platform/durableFile.ts';
import type { FormulationStore } from '../../native-models/training/formulationMemory.ts';
import type { Tuning } from '../../native-models/training/tuning.ts';
import type { Engine } from './engine.ts';
import type { RunFolder } from './runFolder.ts';
import type { CallContext } from './serve.ts';

/**
 * Which formulations are the fastest on this computer, in a file. One that is not there or not JSON counts as empty, and
 * where it cannot be written the next training measures again: neither is a reason to train nothing.
 */
export function formulationFile(path: string): FormulationStore {
  return {
    load: async () => {
      try {
        return JSON.parse(await readFile(path, 'utf8')) as unknown;
      } catch {
        return null;
      }
    },
    save: (memory) => writeDurably(path, JSON.stringify(memory, null, 2)).catch(() => undefined),
  };
}

/**
 * How a training in a folder finds the fastest formulations of its gradients. One that goes on computes as it began, also
 * where it began without a measurement.
 * @param path where this computer keeps which are its fastest; null = the usual ones, unmeasured
 */
export function tuningOf(
  path: string | null,
  folder: RunFolder,
  { clock }: Engine,
  progress: CallContext['progress'],
): Tuning | null {
  if (path === null) return null;
  return {
    store: formulationFile(path),
    processor: cpus()[0]?.model ?? '',
    nowMs: () => clock.monotonicMs(),
    recorded: folder.formulations ?? (folder.resumed ? {} : null),
    record: (choices) => folder.saveFormulations(choices),
    onProgress: (done, total) => progress({ stage: 'tune', done, total }),
  };
}
