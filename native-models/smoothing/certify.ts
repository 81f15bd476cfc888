import { normalQuantile } from '../statistics/normal.ts';
import { BettingTest } from './bettingTest.ts';
import { futility } from './futility.ts';
import { boundaryAt, type LookTest } from './lookTest.ts';
import { doublingStages, StagedTest } from './stagedTest.ts';

/** When to stop looking: by a confidence sequence, at stages that double in length, or after all looks. */
export type StoppingRule = 'betting' | 'bonferroni' | 'none';

export interface SmoothingSettings {
  /** Deviation of the noise, of pixel values in [0, 1]. */
  readonly sigma: number;
  /** Share of parts whose certificate may be wrong, at most. */
  readonly alpha: number;
  readonly rule: StoppingRule;
  /** L2 radius asked about, of pixel values in [0, 1]: looking ends when it is decided. null = as large as it gets. */
  readonly radius: number | null;
  /** Looks that choose the class; 0 where it is known without noise. */
  readonly n0: number;
  /** Further looks at most. */
  readonly n: number;
}

/** What noisy looks have shown of a part, and all that it takes to show it again. */
export interface Certificate {
  readonly sigma: number;
  readonly alpha: number;
  readonly rule: StoppingRule;
  readonly wantedRadius: number | null;
  /** Looks taken to choose the class. */
  readonly n0: number;
  /** Fresh looks taken to estimate how often it comes, and how often it came. */
  readonly n: number;
  readonly hits: number;
  /** Class that came most often among the first looks; null where there was no time for one. */
  readonly predicted: number | null;
  /** No disturbance of a smaller L2 norm changes the smoothed class; 0 where abstained. */
  readonly radius: number;
  /** It is not certain that this class is the most frequent one. */
  readonly abstained: boolean;
  /** The wanted radius is reached; where none was wanted, the class is certain. */
  readonly isCertified: boolean;
  /** Looking ended because the question was settled, the looks were used up or could hardly settle it, or the time was. */
  readonly ended: 'settled' | 'looks' | 'time';
  /** Of the noise. */
  readonly seed: number;
}

/** Classes of some of the next `count` fresh noisy looks, at least one; none when the time is up. */
export type DrawLooks = (count: number) => Promise<ArrayLike<number>>;

/** Looks of the first stage that is tested, with doubling stages. */
const firstStage = 64;
/** As far as it is worth seeing ahead: batches are no longer. */
const farthest = 256;

/**
 * Certifies the class that a smoothed classifier gives a part (Cohen et al., arXiv 1902.02918, algorithm 1, with early
 * stopping): R = σ Φ⁻¹(p̲), with p̲ a lower bound of the probability of the class under noise.
 * @param seed of the noise, for the record
 * @param known class to be certified where `n0` is 0; it must not depend on the noise
 */
export async function certify(
  settings: SmoothingSettings,
  seed: number,
  draw: DrawLooks,
  known: number | null = null,
): Promise<Certificate> {
  const { sigma, alpha, rule, radius: wantedRadius } = settings;
  const selected =
    settings.n0 === 0
      ? { top: known, looks: 0, isDone: known !== null }
      : await selectClass(settings.n0, draw);
  const test = openTest(settings);
  const ended = selected.isDone ? await estimate(test, selected.top!, settings, draw) : 'time';
  const isReached = wantedRadius !== null && test.answer === 'above';
  // The bound is found by halving: a radius that the test itself has shown is not lost to the last bit.
  const shown = isReached ? wantedRadius : 0;
  const radius = Math.max(shown, sigma * normalQuantile(test.lowerBound()));
  const abstained = !isReached && radius === 0;
  return {
    ...{ sigma, alpha, rule, wantedRadius, seed, ended },
    n0: selected.looks,
    n: test.looks,
    hits: test.hits,
    predicted: selected.top,
    radius,
    abstained,
    isCertified: !abstained && radius >= (wantedRadius ?? 0),
  };
}

/** Looks after which a verdict on which all of them agree is certified; null where `n` are not enough. */
export function fewestLooks(settings: SmoothingSettings): number | null {
  const test = openTest(settings);
  while (test.answer !== 'above') {
    if (test.looks === settings.n) return null;
    test.add(true);
  }
  const choosing = settings.n0 === 0 ? 0 : Math.floor(settings.n0 / 2) + 1;
  return choosing + test.looks;
}

function openTest({ sigma, alpha, rule, radius, n }: SmoothingSettings): LookTest {
  const boundary = boundaryAt(radius ?? 0, sigma);
  if (rule === 'betting') return new BettingTest(alpha, boundary, n);
  return new StagedTest(alpha, boundary, rule === 'bonferroni' ? doublingStages(firstStage, n) : [n]);
}

/** Looks until the looks are used up, or as soon as no other class can overtake the first one any more. */
async function selectClass(
  n0: number,
  draw: DrawLooks,
): Promise<{ top: number | null; looks: number; isDone: boolean }> {
  const counts = new Map<number, number>();
  let looks = 0;
  for (;;) {
    const ranked = [...counts].sort(([a, countA], [b, countB]) => countB - countA || a - b);
    const top = ranked[0]?.[0] ?? null;
    const lead = (ranked[0]?.[1] ?? 0) - (ranked[1]?.[1] ?? 0);
    const left = n0 - looks;
    if (lead > left || left === 0) return { top, looks, isDone: true };
    const classes = await draw(Math.min(left, Math.floor((left - lead) / 2) + 1));
    if (classes.length === 0) return { top, looks, isDone: false };
    for (const each of Array.from(classes)) counts.set(each, (counts.get(each) ?? 0) + 1);
    looks += classes.length;
  }
}

/** Feeds the test until it has answered what was asked; how the looks come in batches makes no difference. */
async function estimate(
  test: LookTest,
  top: number,
  { sigma, alpha, rule, radius, n }: SmoothingSettings,
  draw: DrawLooks,
): Promise<Certificate['ended']> {
  const canStop = rule !== 'none' && radius !== null;
  const isFutile = canStop ? futility(boundaryAt(radius, sigma).p0, n, alpha) : () => false;
  const isSettled = () => test.answer === 'below' || (test.answer === 'above' && radius !== null);
  while (test.looks < n) {
    const within = Math.min(farthest, n - test.looks);
    // Without a radius to decide, only giving up would come early, and that is seldom.
    const classes = await draw(radius === null ? within : test.soonest(within));
    if (classes.length === 0) return 'time';
    for (const each of Array.from(classes)) {
      test.add(each === top);
      if (isSettled()) return 'settled';
      if (isFutile(test)) return 'looks';
    }
  }
  return 'looks';
}
