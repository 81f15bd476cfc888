/** One look at one validation image. */
export interface Look {
  /** `ok` or the type of defect. */
  readonly label: string;
  /** Name of the disturbance it was seen under; null = undisturbed, or attacked. */
  readonly disturbance: string | null;
  /** What the verdict cost; 0 = it was right. */
  readonly cost: number;
}

/** What went wrong most, as factors of weights: 1 = as much as everything on average. */
export interface Blame {
  readonly disturbances: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, number>>;
}

/** So many looks of average cost are added to each group: few looks say little. */
const prior = 10;
/** A weight is halved or doubled at most, so that nothing is forgotten. */
const bounds = [0.5, 2] as const;

/**
 * Where the expected cost comes from: the mean cost of a look under each disturbance and at each kind of part, against
 * that of all looks. Weights multiplied by it make the next round work on what costs most (the outer loop of method.md,
 * section 5).
 */
export function blameOf(looks: readonly Look[]): Blame {
  const disturbed = looks.filter(({ disturbance }) => disturbance !== null);
  return {
    disturbances: factors(disturbed, ({ disturbance }) => disturbance!),
    labels: factors(looks, ({ label }) => label),
  };
}

function factors(looks: readonly Look[], groupOf: (look: Look) => string): Record<string, number> {
  const mean = looks.reduce((sum, { cost }) => sum + cost, 0) / Math.max(1, looks.length);
  const groups = new Map<string, { sum: number; count: number }>();
  for (const look of looks) {
    const name = groupOf(look);
    const group = groups.get(name) ?? { sum: 0, count: 0 };
    groups.set(name, { sum: group.sum + look.cost, count: group.count + 1 });
  }
  const [least, most] = bounds;
  return Object.fromEntries(
    [...groups].map(([name, { sum, count }]) => {
      const own = (sum + prior * mean) / (count + prior);
      return [name, mean === 0 ? 1 : Math.min(most, Math.max(least, own / mean))];
    }),
  );
}

const disturbancePrefix = 'weight of disturbance ';
const labelPrefix = 'weight of label ';

/** Blame as figures of an epoch, where a resumed training finds it again. */
export function blameFigures({ disturbances, labels }: Blame): Record<string, number> {
  const prefixed = (prefix: string, values: Readonly<Record<string, number>>) =>
    Object.entries(values).map(([name, factor]) => [prefix + name, factor] as const);
  return Object.fromEntries([...prefixed(disturbancePrefix, disturbances), ...prefixed(labelPrefix, labels)]);
}

/** What `blameFigures` wrote; without figures nothing is to blame. */
export function blameFrom(figures: Readonly<Record<string, number>> = {}): Blame {
  const those = (prefix: string) =>
    Object.fromEntries(
      Object.entries(figures).flatMap(([name, factor]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), factor]] : [],
      ),
    );
  return { disturbances: those(disturbancePrefix), labels: those(labelPrefix) };
}
