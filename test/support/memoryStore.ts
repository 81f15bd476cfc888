import type { Inspection } from '../../electron/contract/domain.ts';
import type { NewPart, RecordedPart } from '../../electron/store/inspections.ts';

export interface MemoryStore {
  /** Parts on record, in the order in which they were recorded. */
  readonly parts: { key: string; inspection: Inspection }[];
  record(parts: readonly NewPart[]): RecordedPart[];
  knows(key: string): boolean;
}

/**
 * The table of inspections in memory, with the store's promise: all or none, and no key twice.
 * @param before called with each batch before anything is written; what it throws is the store's failure.
 */
export function memoryStore(before: (parts: readonly NewPart[]) => void = () => undefined): MemoryStore {
  const parts: MemoryStore['parts'] = [];
  const byKey = new Map<string, Inspection>();
  return {
    parts,
    knows: (key) => byKey.has(key),
    record: (batch) => {
      before(batch);
      return batch.map(({ key, inspection }) => {
        const known = byKey.get(key);
        if (known) return { inspection: known, known: true };
        const added: Inspection = { ...inspection, id: parts.length + 1, human: null };
        byKey.set(key, added);
        parts.push({ key, inspection: added });
        return { inspection: added, known: false };
      });
    },
  };
}
