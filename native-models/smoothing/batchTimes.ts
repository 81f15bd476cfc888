/** Batches of this length are long enough to know how long larger ones take. */
const enoughMs = 25;
/** A batch is begun where there is time for so many of its kind. */
const safety = 2;
/** How slowly a long time is forgotten. */
const memory = 0.9;

/** How slowly a time is forgotten that leaves a part without any look. */
const longMemory = 0.98;

/** How long batches of noisy looks take, by their size, which is a power of two. */
export interface BatchTimes {
  /** No batch so far has taken long. */
  readonly areShort: boolean;
  note(size: number, ms: number): void;
  /** The largest size up to `wanted` that should end well within the time; 0 where not even one look would. */
  largestWithin(ms: number, wanted: number): number;
  /** No look had time: tried again in the long run, or one stall of the computer would end all looking for good. */
  relax(): void;
}

export function batchTimes(): BatchTimes {
  const known = new Map<number, number>();

  /** A size not met so far takes no longer than its looks would in smaller batches. */
  const expected = (size: number): number => {
    const own = known.get(size);
    if (own !== undefined) return own;
    return size === 1 ? 0 : 2 * expected(size / 2);
  };

  return {
    get areShort() {
      return [...known.values()].every((ms) => ms < enoughMs);
    },
    note(size, ms) {
      // Rather too long than too short.
      known.set(size, Math.max(ms, memory * (known.get(size) ?? 0) + (1 - memory) * ms));
    },
    largestWithin(ms, wanted) {
      let largest = 0;
      for (let size = 1; size <= wanted && safety * expected(size) <= ms; size *= 2) largest = size;
      return largest;
    },
    relax() {
      for (const [size, ms] of known) known.set(size, longMemory * ms);
    },
  };
}
