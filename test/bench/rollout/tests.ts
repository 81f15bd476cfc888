import { seededRandom, type Random } from '../../../native-models/random.ts';
import { normalQuantile } from '../../../native-models/statistics/normal.ts';
import { isRejected } from '../../../native-models/statistics/sequential/evidence.ts';
import { nextPair, noPairs } from '../../../native-models/statistics/sequential/paired.ts';
import {
  nextBlock,
  noBlocks,
  type Block,
  type TwoStreamClaim,
} from '../../../native-models/statistics/sequential/twoStreams.ts';
import { quantile, type Figure } from '../figure.ts';

const rollouts = 2000;
const alpha = 0.05;
/** False alarms per good part with either model, and escapes per part, as a line that needs help shows them. */
const rates = { current: 0.05, improved: 0.02, audited: 0.005 };
const days = { parts: 200, most: 60 };

/** How one simulated rollout ended: parts per arm until the claim was accepted, null when it was not. */
type Ended = number | null;

export function benchTests(): Figure[] {
  const { current, improved } = rates;
  const equal = (candidate: number) => ({ current, candidate });
  return [
    ...rowsOf(
      'verification (paired)',
      (truth, random) => verification(truth, random),
      equal(current),
      equal(improved),
    ),
    ...rowsOf(
      'limited rollout 10 %',
      (truth, random) => limited(fewer, truth, [18, 2], random),
      equal(current),
      equal(improved),
    ),
    ...rowsOf(
      'limited rollout 50 %',
      (truth, random) => limited(fewer, truth, [10, 10], random),
      equal(current),
      equal(improved),
    ),
    ...rowsOf(
      `escapes non-inferior by ${margin}, 20 % of OK parts audited`,
      (truth, random) => limited(notWorse, truth, [20, 20], random, 0.2),
      { current: rates.audited, candidate: rates.audited + margin },
      { current: rates.audited, candidate: rates.audited },
    ),
    ...rowsOf(
      'guard of a limited rollout 10 %',
      (truth, random) => limited(worse, truth, [18, 2], random),
      equal(current),
      { current, candidate: 3 * current },
    ),
  ];
}

const margin = 0.01;
const fewer: TwoStreamClaim = { is: 'lower', margin: 0, prior: { rate: rates.current, parts: 100 } };
const worse: TwoStreamClaim = { ...fewer, is: 'higher' };
const notWorse: TwoStreamClaim = { is: 'lower', margin, prior: { rate: rates.audited, parts: 100 } };

interface Truth {
  readonly current: number;
  readonly candidate: number;
}

function rowsOf(
  name: string,
  run: (truth: Truth, random: Random) => { ended: Ended; fixed: number },
  none: Truth,
  real: Truth,
): Figure[] {
  const random = seededRandom(6).fork(name);
  const all = (truth: Truth) => Array.from({ length: rollouts }, () => run(truth, random));
  const share = (runs: readonly { ended: Ended }[]) =>
    runs.filter(({ ended }) => ended !== null).length / runs.length;
  const without = all(none);
  const withIt = all(real);
  const took = withIt.flatMap(({ ended }) => ended ?? []);
  return [
    {
      name: `${name}: accepted wrongly, looking all the time`,
      value: 100 * share(without),
      unit: '%',
      goal: { below: 100 * alpha },
      note: `${rollouts} rollouts at ${percent(none.current)} and ${percent(none.candidate)}, α ${percent(alpha)}`,
    },
    {
      name: `${name}: accepted rightly`,
      value: 100 * share(withIt),
      unit: '%',
      note: `at ${percent(real.current)} and ${percent(real.candidate)}; median ${quantile(took, 0.5)} parts of the candidate; a test of fixed size needs ${withIt[0]!.fixed} for 80 %`,
    },
  ];
}

const percent = (rate: number) => `${Number((100 * rate).toFixed(2))} %`;

/** Errors of both models on one part are taken to be independent, which is the hardest case. */
function verification({ current, candidate }: Truth, random: Random): { ended: Ended; fixed: number } {
  const b = current * (1 - candidate);
  const c = candidate * (1 - current);
  const fixed = Math.ceil(signTestSize(b / (b + c)) / (b + c));
  let state = noPairs;
  for (let part = 1; part <= days.parts * days.most; part++) {
    const errors = { current: random.uniform() < current, candidate: random.uniform() < candidate };
    state = nextPair('fewer', state, errors);
    if (isRejected(state.evidence, alpha)) return { ended: part, fixed };
  }
  return { ended: null, fixed };
}

/** @param sizes parts of both arms in a block */
function limited(
  claim: TwoStreamClaim,
  truth: Truth,
  sizes: readonly [number, number],
  random: Random,
  share = 1,
) {
  const blocks = (days.parts * days.most) / (sizes[0] + sizes[1]);
  const fixed = fixedSize(claim, truth, sizes[0] / sizes[1], share);
  let state = noBlocks;
  for (let i = 1; i <= blocks; i++) {
    const block: Block = {
      current: { count: binomial(random, sizes[0], truth.current * share), of: sizes[0], share },
      candidate: { count: binomial(random, sizes[1], truth.candidate * share), of: sizes[1], share },
    };
    state = nextBlock(claim, state, block);
    if (isRejected(state.evidence, alpha)) return { ended: i * sizes[1], fixed };
  }
  return { ended: null, fixed };
}

function binomial(random: Random, of: number, p: number): number {
  let count = 0;
  for (let i = 0; i < of; i++) if (random.uniform() < p) count += 1;
  return count;
}

const powerWanted = normalQuantile(0.8);
const level = normalQuantile(1 - alpha);

/** Disagreements of a one-sided sign test, by its normal approximation. */
function signTestSize(p: number): number {
  return ((level * 0.5 + powerWanted * Math.sqrt(p * (1 - p))) / (p - 0.5)) ** 2;
}

/** Parts of the candidate for a one-sided test of two shares looked at once (Fleiss, Statistical Methods, chapter 4). */
function fixedSize(
  { margin: shift }: TwoStreamClaim,
  { current, candidate }: Truth,
  ratio: number,
  share: number,
): number {
  const [p, q] = [current * share, candidate * share];
  const apart = Math.abs(p + shift * share - q);
  const variance = q * (1 - q) + (p * (1 - p)) / ratio;
  return apart === 0 ? Infinity : Math.ceil(((level + powerWanted) ** 2 * variance) / apart ** 2);
}
