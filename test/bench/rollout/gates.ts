import type { RolloutStatus } from '../../../electron/contract/rollout.ts';
import { weighRollout } from '../../../electron/engine/calls/weighRollout.ts';
import { guardsFrom, statusFrom } from '../../../electron/rollout/status.ts';
import { seededRandom } from '../../../native-models/random.ts';
import { quantile, type Figure } from '../figure.ts';
import { demoRates, type DemoRates, type VerdictChances } from './demoRates.ts';
import { naiveSaysFewer, partsForPower } from './fixedSample.ts';
import {
  full,
  limited,
  minutes,
  partsPerMinute,
  simulatedRollout,
  summed,
  verification,
  type Look,
  type SimulatedLine,
} from './simulate.ts';

const rollouts = 2000;
const { alpha, guardAlpha, escapeMargin } = simulatedRollout('verification').plan;
const phases = { verification, limited, full };
type Phase = keyof typeof phases;

/** Parts of the demo line that each model judges first, so that its chances are not invented. */
const recordedParts = 400;
/** When it gets worse, of those that do. */
const changeAt = minutes / 4;

/** Light that wavers less and more than the shipped model was taught on; the rest as the line starts. */
const days = { usual: 0.1, better: 0.3, bad: 0.4 };

/**
 * What the gates and guards of a rollout promise, by the functions that decide on it. On a bad day of the demo line, the
 * candidate does no better than the model in use, or as well as that does under less light change; on a usual day, the
 * candidate suddenly does as badly as on the bad one.
 */
export async function benchGates(): Promise<Figure[]> {
  const [usual, better, bad] = [
    await demoRates('tile', recordedParts, days.usual),
    await demoRates('tile', recordedParts, days.better),
    await demoRates('tile', recordedParts, days.bad),
  ];
  const { defectRate } = usual;
  const lineOf = (current: VerdictChances, candidate: VerdictChances, before = candidate): SimulatedLine => {
    return { current, candidate: (minute) => (minute < changeAt ? before : candidate), defectRate };
  };
  const equal = lineOf(bad, bad);
  const improved = lineOf(bad, { good: better.good, defective: bad.defective });
  const worse = (kind: 'paired' | 'apart') => lineOf(bad, escaping(bad, defectRate, kind));
  return [
    recorded('on a usual day', usual),
    recorded('on a better day', better),
    recorded('on a bad day', bad),
    ...(await phaseRows('verification', equal, improved, worse('paired'))),
    ...(await phaseRows('limited', equal, improved, worse('apart'))),
    await falseRollbacks('full', equal),
    ...(await regressionRows(lineOf(usual, bad, usual))),
  ];
}

function recorded(day: string, { good, defective, parts }: DemoRates): Figure {
  return {
    name: `demo line ${day}: NG on good parts`,
    value: 100 * good.NG,
    unit: '%',
    note: `of ${parts} parts; ${percent(good.REVIEW)} more for review, ${percent(defective.OK)} of the defective pass`,
  };
}

/** So much worse that exactly what is agreed to would pass in addition. */
function escaping(of: DemoRates, defectRate: number, kind: 'paired' | 'apart'): VerdictChances {
  const { good, defective } = of;
  const ok = defectRate * defective.OK + (1 - defectRate) * good.OK;
  const more =
    kind === 'paired'
      ? escapeMargin / (defectRate * (1 - defective.OK)) - defective.OK
      : (escapeMargin * ok) / (defectRate * (1 - escapeMargin - (defectRate * defective.OK) / ok));
  const passing = defective.OK + Math.max(0, more);
  const rest = (1 - passing) / (1 - defective.OK);
  return { good, defective: { OK: passing, REVIEW: defective.REVIEW * rest, NG: defective.NG * rest } };
}

/** When each thing first happened in a rollout that is looked at all the time: parts of the candidate until then. */
interface Outcome {
  readonly promoted: number | null;
  readonly fewer: number | null;
  readonly notMore: number | null;
  /** A test of fixed size looked at as often, and at the end alone. */
  readonly naive: boolean;
  readonly naiveAtEnd: boolean;
}

const weigh = async (job: Parameters<typeof weighRollout>[0]) => weighRollout(job);

async function gatesOver(looks: Iterable<Look>, untilPromoted: boolean): Promise<Outcome> {
  const first: Partial<Record<'promoted' | 'fewer' | 'notMore', number>> = {};
  let naive = false;
  let naiveAtEnd = false;
  for (const { rollout, counts, parts } of looks) {
    const status = await statusFrom({ weigh, robustness: async () => null }, rollout, summed(counts));
    if (isMet(status, 'falseAlarms')) first.fewer ??= parts;
    if (isMet(status, 'escapes')) first.notMore ??= parts;
    if (status.gates.every(({ state }) => state === 'met')) first.promoted ??= parts;
    naiveAtEnd = naiveSaysFewer(counts, alpha);
    naive ||= naiveAtEnd;
    if (untilPromoted && first.promoted !== undefined) break;
  }
  const { promoted = null, fewer = null, notMore = null } = first;
  return { promoted, fewer, notMore, naive, naiveAtEnd };
}

function isMet({ gates }: RolloutStatus, kind: 'falseAlarms' | 'escapes'): boolean {
  return gates.some((gate) => gate.kind === kind && gate.state === 'met');
}

/** Parts of the candidate until a guard trips; `null`: none does. */
async function trippedAt(looks: Iterable<Look>): Promise<number | null> {
  for (const { rollout, counts, parts } of looks) {
    const guards = await guardsFrom(weigh, rollout, counts);
    if (guards.some(({ state }) => state === 'tripped')) return parts;
  }
  return null;
}

/** As many rollouts as are wanted, each by chance of its own. */
async function simulated<Found>(
  phase: Phase,
  line: SimulatedLine,
  name: string,
  find: (looks: Iterable<Look>) => Promise<Found>,
): Promise<Found[]> {
  const random = seededRandom(6).fork(`${phase} ${name}`);
  const found: Found[] = [];
  for (let i = 0; i < rollouts; i++) found.push(await find(phases[phase](line, random)));
  return found;
}

const share = <Found>(found: readonly Found[], is: (each: Found) => boolean) =>
  (100 * found.filter(is).length) / found.length;

async function phaseRows(
  phase: 'verification' | 'limited',
  equal: SimulatedLine,
  improved: SimulatedLine,
  worse: SimulatedLine,
): Promise<Figure[]> {
  const toTheEnd = (looks: Iterable<Look>) => gatesOver(looks, false);
  const same = await simulated(phase, equal, 'equal', toTheEnd);
  const better = await simulated(phase, improved, 'improved', (looks) => gatesOver(looks, true));
  const escaping = await simulated(phase, worse, 'escaping', toTheEnd);
  const claimed = better.flatMap(({ fewer }) => fewer ?? []);
  const took = better.flatMap(({ promoted }) => promoted ?? []);
  const fixed = partsForPower(phase, equal.current, improved.candidate(0), equal.defectRate, alpha);
  const of = `${rollouts} rollouts of ${minutes * partsPerMinute} parts, a look every ${partsPerMinute}`;
  const row = (what: string, value: number, note?: string, below?: number): Figure => ({
    name: `${phase}: ${what}`,
    ...{ value, unit: '%', ...(note ? { note } : {}), ...(below ? { goal: { below } } : {}) },
  });
  return [
    row(
      'promoted, with equal models',
      share(same, ({ promoted }) => promoted !== null),
      of,
      100 * alpha,
    ),
    row(
      'fewer false alarms claimed, with equal models',
      share(same, ({ fewer }) => fewer !== null),
      `a test of fixed size looked at as often claims it in ${share(same, ({ naive }) => naive).toFixed(1)} %, at the end alone in ${share(same, ({ naiveAtEnd }) => naiveAtEnd).toFixed(1)} %`,
      100 * alpha,
    ),
    row(
      'no more escapes claimed, with as many more as the margin',
      share(escaping, ({ notMore }) => notMore !== null),
      `margin ${percent(escapeMargin)}`,
      100 * alpha,
    ),
    row(
      'fewer false alarms claimed, with one that is better',
      share(better, ({ fewer }) => fewer !== null),
      `median ${quantile(claimed, 0.5)} parts of the candidate; a test of fixed size needs ${fixed} for 80 %`,
    ),
    row(
      'promoted, with one that is better',
      share(better, ({ promoted }) => promoted !== null),
      `median ${quantile(took, 0.5)} parts of the candidate until all gates are passed`,
    ),
    await falseRollbacks(phase, equal),
  ];
}

/** Each guard trips wrongly with this chance at most, so that together they do with three times that. */
async function falseRollbacks(phase: Phase, equal: SimulatedLine): Promise<Figure> {
  const tripped = await simulated(phase, equal, 'guards', trippedAt);
  return {
    name: `${phase}: rolled back by a guard, with equal models`,
    value: share(tripped, (at) => at !== null),
    unit: '%',
    goal: { below: 300 * guardAlpha },
    note: `three guards at ${percent(guardAlpha)} each`,
  };
}

async function regressionRows(line: SimulatedLine): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const phase of Object.keys(phases) as Phase[]) {
    const tripped = await simulated(phase, line, 'regression', trippedAt);
    const before = Math.round(partsBefore(phase));
    const took = tripped.flatMap((at) => (at !== null && at > before ? [at - before] : []));
    figures.push({
      name: `${phase}: rolled back, where the candidate suddenly does as on the bad day`,
      value: share(tripped, (at) => at !== null),
      unit: '%',
      note: `median ${quantile(took, 0.5)} parts of the candidate after the change`,
    });
  }
  return figures;
}

/** Parts that the candidate has judged when the line gets worse. */
function partsBefore(phase: Phase): number {
  const { shares } = simulatedRollout(phase).plan;
  return changeAt * partsPerMinute * (phase === 'limited' ? shares[0]! : 1);
}

function percent(rate: number): string {
  return `${Number((100 * rate).toFixed(2))} %`;
}
