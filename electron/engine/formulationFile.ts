import { readFile } from 'node:fs/promises';
import { writeDurably } from '../platform/durableFile.ts';
import type { FormulationStore } from '../../native-models/training/formulationMemory.ts';

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
