import type { Random } from '../random.ts';
import { principalComponents } from './components.ts';
import { squaredDistance } from './rows.ts';

/** The smaller of two clusters that a class falls into. */
export interface SmallCluster {
  /** Places of its parts among those of the class. */
  readonly members: readonly number[];
  /** Mean silhouette of the two clusters, −1..1: how clearly they are two. */
  readonly silhouette: number;
  /** Of the class, 0..½. */
  readonly share: number;
}

const components = 10;
const restarts = 8;
const rounds = 50;
/** The silhouette is measured on so many parts at most; its cost grows with their square. */
const silhouetteParts = 600;

/**
 * Activation clustering (Chen et al., SafeAI 2019, section 4): the features of one class are reduced to ten components
 * and divided in two by 2-means; parts with a backdoor come together in the smaller cluster. Whether it is poison or
 * just another look of good parts, the caller finds out (exclusionary reclassification, section 5).
 * @param points centred features of one class, at least four
 * @returns null where the points do not fall in two
 */
export function smallCluster(points: readonly Float32Array[], random: Random): SmallCluster | null {
  const reduced = principalComponents(points, components, random.fork('components'), 'none').points;
  const inSecond = twoMeans(reduced, random.fork('means'));
  const second = [...inSecond.keys()].filter((at) => inSecond[at]);
  const first = [...inSecond.keys()].filter((at) => !inSecond[at]);
  const members = second.length <= first.length ? second : first;
  if (members.length < 2) return null;
  return {
    members,
    silhouette: silhouetteOf(reduced, inSecond, random.fork('silhouette')),
    share: members.length / points.length,
  };
}

/** 2-means with the seeding of Arthur & Vassilvitskii (k-means++), the best of several. */
function twoMeans(points: readonly Float32Array[], random: Random): boolean[] {
  let best: { inSecond: boolean[]; cost: number } | null = null;
  for (let restart = 0; restart < restarts; restart++) {
    const found = oneTwoMeans(points, random);
    if (best === null || found.cost < best.cost) best = found;
  }
  return best!.inSecond;
}

function oneTwoMeans(points: readonly Float32Array[], random: Random): { inSecond: boolean[]; cost: number } {
  let one = points[random.integer(points.length)]!;
  let other = points[drawByDistance(points, one, random)]!;
  let inSecond: boolean[] = [];
  for (let round = 0; round < rounds; round++) {
    const [a, b] = [one, other];
    const next = points.map((point) => squaredDistance(point, b) < squaredDistance(point, a));
    const isSame = next.every((value, at) => value === inSecond[at]);
    inSecond = next;
    if (isSame) break;
    one = meanOf(points, (at) => !next[at]) ?? one;
    other = meanOf(points, (at) => next[at]!) ?? other;
  }
  const cost = points.reduce((sum, point, at) => sum + squaredDistance(point, inSecond[at] ? other : one), 0);
  return { inSecond, cost };
}

function drawByDistance(points: readonly Float32Array[], from: Float32Array, random: Random): number {
  const squares = points.map((point) => squaredDistance(point, from));
  let left = random.uniform() * squares.reduce((sum, value) => sum + value, 0);
  const drawn = squares.findIndex((value) => (left -= value) < 0);
  return drawn < 0 ? points.length - 1 : drawn;
}

function meanOf(points: readonly Float32Array[], takes: (at: number) => boolean): Float32Array | null {
  const own = points.filter((_, at) => takes(at));
  if (own.length === 0) return null;
  const mean = new Float64Array(points[0]!.length);
  for (const point of own) for (let d = 0; d < mean.length; d++) mean[d]! += point[d]! / own.length;
  return Float32Array.from(mean);
}

/** Rousseeuw 1987: (b − a) / max(a, b), a the mean distance within, b to the other cluster. */
function silhouetteOf(points: readonly Float32Array[], inSecond: readonly boolean[], random: Random): number {
  const step = Math.max(1, points.length / silhouetteParts);
  const shift = random.uniform() * step;
  const sample = Array.from({ length: Math.floor(points.length / step) }, (_, i) =>
    Math.min(points.length - 1, Math.floor(shift + i * step)),
  );
  let sum = 0;
  for (const at of sample) {
    const mean = (second: boolean) => {
      const others = sample.filter((other) => other !== at && inSecond[other] === second);
      if (others.length === 0) return null;
      return (
        others.reduce((all, other) => all + Math.sqrt(squaredDistance(points[at]!, points[other]!)), 0) /
        others.length
      );
    };
    const within = mean(inSecond[at]!);
    const across = mean(!inSecond[at]);
    if (within !== null && across !== null) sum += (across - within) / Math.max(within, across, 1e-30);
  }
  return sum / sample.length;
}
