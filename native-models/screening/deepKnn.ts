import { noPace, rowsPerTurn, squaredDistance, type Pace, type ScreenedRows } from './rows.ts';

/** What the neighbours of a part say of its class. */
export interface NeighbourVote {
  /** Share of the vote that its stated class gets, 0..1; each class counts the same, however many parts it has. */
  readonly own: number;
  /** The class with the most votes. */
  readonly voted: string;
  /** Share of the vote of that class. */
  readonly share: number;
  /** Whether that class is another one, and has more of the neighbours by mere number too. */
  readonly isAgainst: boolean;
}

/** As many as in the paper's experiments on small sets; a class that has fewer gives what it has. */
const neighbours = 10;

/**
 * Deep k-NN label check (Peri et al., "Deep k-NN Defense against Clean-label Data Poisoning Attacks", ECCV Workshops
 * 2020, algorithm 1): a part whose neighbours in feature space are mostly of another class is a suspect. Each part is
 * asked about without itself and without its group. Votes are weighted by the size of their class, as in section 4.3 for
 * unequal classes, and by nearness. A few parts of a rare class outvote many of a common one that way, so the other class
 * must also have more neighbours by number.
 * @param rows centred features
 */
export async function neighbourVotes(
  { rows, labels, groups }: ScreenedRows,
  pace: Pace = noPace,
): Promise<NeighbourVote[]> {
  const sizes = new Map(
    [...Map.groupBy(labels, (label) => label)].map(([label, own]) => [label, own.length]),
  );
  const votes: NeighbourVote[] = [];
  for (const [at, row] of rows.entries()) {
    if (at % rowsPerTurn === 0) await pace(at / rows.length);
    const near = nearest(row, rows, neighbours, (other) => other !== at && !areOneGroup(groups, at, other));
    votes.push(vote(near, labels, labels[at]!, (label) => 1 / sizes.get(label)!));
  }
  return votes;
}

export function areOneGroup(groups: readonly (string | null)[], one: number, other: number): boolean {
  return groups[one] !== null && groups[one] === groups[other];
}

export interface Near {
  readonly index: number;
  readonly squared: number;
}

/** The nearest rows, nearest first. */
export function nearest(
  row: Float32Array,
  rows: readonly Float32Array[],
  count: number,
  takes: (index: number) => boolean,
): Near[] {
  const found: Near[] = [];
  for (const [index, other] of rows.entries()) {
    if (!takes(index)) continue;
    const squared = squaredDistance(row, other);
    if (found.length === count && squared >= found.at(-1)!.squared) continue;
    let place = found.length;
    while (place > 0 && found[place - 1]!.squared > squared) place--;
    found.splice(place, 0, { index, squared });
    if (found.length > count) found.pop();
  }
  return found;
}

function vote(
  near: readonly Near[],
  labels: readonly string[],
  own: string,
  weightOf: (label: string) => number,
): NeighbourVote {
  const votes = new Map<string, { weight: number; parts: number }>();
  let all = 0;
  // Nearness is measured against the farthest of them, so that it has no unit.
  const reach = Math.sqrt(near.at(-1)?.squared ?? 0) + Number.MIN_VALUE;
  for (const { index, squared } of near) {
    const label = labels[index]!;
    const weight = weightOf(label) / (1 + Math.sqrt(squared) / reach);
    const before = votes.get(label) ?? { weight: 0, parts: 0 };
    votes.set(label, { weight: before.weight + weight, parts: before.parts + 1 });
    all += weight;
  }
  if (all === 0) return { own: 1, voted: own, share: 1, isAgainst: false };
  const [voted, most] = [...votes].reduce((best, each) => (each[1].weight > best[1].weight ? each : best));
  const mine = votes.get(own) ?? { weight: 0, parts: 0 };
  const isAgainst = voted !== own && most.parts > mine.parts;
  return { own: mine.weight / all, voted, share: most.weight / all, isAgainst };
}
