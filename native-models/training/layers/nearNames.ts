/** The `count` names most like `wanted`, the nearest first: those that contain it, then by edit distance. */
export function nearNames(wanted: string, names: Iterable<string>, count: number): readonly string[] {
  const plain = wanted.toLowerCase();
  const distance = (name: string) => {
    const other = name.toLowerCase();
    return other.includes(plain) ? other.length / 1e6 : 1 + editDistance(plain, other);
  };
  return [...new Set(names)]
    .map((name) => ({ name, distance: distance(name) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ name }) => name);
}

/** Levenshtein's distance: insertions, deletions and replacements from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
