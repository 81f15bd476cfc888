/** What the computation that made a model gave for a part it had not learned from. */
export interface ReferenceScore {
  /** Name of the part's picture. */
  readonly name: string;
  readonly score: number;
  /** Of a classifier: the likeliest of the classes that do not mean OK; null where it was not kept. */
  readonly label: string | null;
}

/** As many parts as stay with a model, to be judged again by whatever is to judge in its place. */
export const referenceParts = 24;
/** Share of them that lie nearest to where OK becomes NG: there a verdict turns first. */
const nearShare = 0.5;

/**
 * Chooses the parts that say most about whether two computations agree: those nearest to the threshold, and others spread
 * evenly over all scores, the lowest and the highest among them.
 * @param parts of each name only the first counts
 * @returns by name
 */
export function chooseReference(parts: readonly ReferenceScore[], ngFrom: number): ReferenceScore[] {
  const named = [...new Map([...parts].reverse().map((part) => [part.name, part])).values()];
  const sound = named.filter(({ score }) => Number.isFinite(score)).sort(byName);
  const distance = ({ score }: ReferenceScore) => Math.abs(score - ngFrom);
  const byDistance = sound.toSorted((one, other) => distance(one) - distance(other));
  const near = byDistance.slice(0, Math.ceil(referenceParts * nearShare));
  const rest = byDistance.slice(near.length).sort((one, other) => one.score - other.score);
  const wanted = Math.min(rest.length, referenceParts - near.length);
  const spread = Array.from({ length: wanted }, (_, at) => {
    return rest[wanted === 1 ? 0 : Math.round((at * (rest.length - 1)) / (wanted - 1))]!;
  });
  return [...near, ...spread].sort(byName);
}

const byName = (one: ReferenceScore, other: ReferenceScore) => (one.name < other.name ? -1 : 1);
