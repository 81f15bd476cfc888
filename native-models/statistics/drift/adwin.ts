/** Values merged into one: `size` is a power of two. */
interface Bucket {
  readonly size: number;
  readonly sum: number;
  /** Sum of squared deviations from the bucket's own mean. */
  readonly squares: number;
}

/** Oldest first. */
export interface AdwinState {
  readonly buckets: readonly Bucket[];
  readonly seen: number;
}

export const emptyWindow: AdwinState = { buckets: [], seen: 0 };

export interface AdwinOptions {
  /** Chance of a false cut per look, in (0, 1). Default .002. */
  readonly delta?: number;
  /** Looks for a cut after every so many values. Default 32. */
  readonly every?: number;
}

/** Buckets of one size before two are merged. */
const perSize = 5;
/** Values on either side of a cut, at least. */
const shortest = 5;
const usualDelta = 0.002;
const usualEvery = 32;

/**
 * Adaptive window (Bifet & Gavaldà, SDM 2007, ADWIN2): keeps the newest values as long as no cut of the window leaves
 * two parts whose means differ by more than chance allows, and drops the older part when one does. Memory grows with
 * the logarithm of the window.
 * @returns the window after this value and, at a cut, the means before and after it and the `length` of the new window,
 *   which is how long ago the change was
 */
export function nextAdwin(
  { delta = usualDelta, every = usualEvery }: AdwinOptions,
  state: AdwinState,
  value: number,
): { state: AdwinState; cut: AdwinCut | null } {
  const seen = state.seen + 1;
  let buckets = compressed([...state.buckets, { size: 1, sum: value, squares: 0 }]);
  if (seen % every !== 0) return { state: { buckets, seen }, cut: null };
  const cuts: AdwinCut[] = [];
  for (let at = cutOf(buckets, delta); at !== null; at = cutOf(buckets, delta)) {
    const [before, after] = [merge(buckets.slice(0, at)), merge(buckets.slice(at))];
    cuts.push({ before: meanOf(before), after: meanOf(after), length: after.size });
    buckets = buckets.slice(at);
  }
  const [first, last] = [cuts[0], cuts.at(-1)];
  return { state: { buckets, seen }, cut: first && last ? { ...last, before: first.before } : null };
}

export interface AdwinCut {
  readonly before: number;
  readonly after: number;
  readonly length: number;
}

/** Mean and number of the values in the window; null while there are none. */
export function windowOf({ buckets }: AdwinState): { mean: number; length: number } | null {
  const whole = merge(buckets);
  return whole.size === 0 ? null : { mean: meanOf(whole), length: whole.size };
}

/** Where six buckets have one size, the two oldest of them become one; newer ones are never larger. */
function compressed(buckets: readonly Bucket[]): Bucket[] {
  const kept = [...buckets];
  for (let size = 1; ; size *= 2) {
    const first = kept.findIndex((bucket) => bucket.size === size);
    const count = kept.filter((bucket) => bucket.size === size).length;
    if (count <= perSize) return kept;
    kept.splice(first, 2, merge(kept.slice(first, first + 2)));
  }
}

function merge(buckets: readonly Bucket[]): Bucket {
  return buckets.reduce(
    (a, b) => {
      if (a.size === 0) return b;
      const apart = meanOf(a) - meanOf(b);
      const size = a.size + b.size;
      const squares = a.squares + b.squares + (apart * apart * a.size * b.size) / size;
      return { size, sum: a.sum + b.sum, squares };
    },
    { size: 0, sum: 0, squares: 0 },
  );
}

function meanOf({ sum, size }: Bucket): number {
  return sum / size;
}

/** Index of the first bucket after the oldest cut that chance does not explain; null when there is none. */
function cutOf(buckets: readonly Bucket[], delta: number): number | null {
  const whole = merge(buckets);
  const variance = whole.squares / whole.size;
  const logTerm = Math.log((2 * Math.log(Math.max(whole.size, 3))) / delta);
  for (let at = 1; at < buckets.length; at++) {
    const [before, after] = [merge(buckets.slice(0, at)), merge(buckets.slice(at))];
    if (before.size < shortest || after.size < shortest) continue;
    // Both sides by their harmonic mean, as in the paper's ε_cut for a variance that is not known.
    const inverse = 1 / (before.size - shortest + 1) + 1 / (after.size - shortest + 1);
    const allowed = Math.sqrt(2 * inverse * variance * logTerm) + (2 / 3) * inverse * logTerm;
    if (Math.abs(meanOf(before) - meanOf(after)) > allowed) return at;
  }
  return null;
}
