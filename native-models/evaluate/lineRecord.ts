import type { Thresholds } from '../detectors/card.ts';
import type { Random } from '../random.ts';
import { unmetCeilings, type UnmetCeiling } from './ceilings.ts';
import { chooseThresholds } from './chooseThresholds.ts';
import type { Claim } from './claims.ts';
import { scoredParts, type Condition, type ScoredPart } from './conditions.ts';
import { costCurves, type CostCurves } from './costCurve.ts';
import type { CostModel } from './costs.ts';
import { goodLabel } from './evaluateDetector.ts';
import { compareCosts, expectedCost, type CostComparison, type ExpectedCost } from './expectedCost.ts';
import {
  operatingCurves,
  operatingPoint,
  type KnownScore,
  type OperatingCurves,
  type OperatingPoint,
} from './operatingCurves.ts';

type RecordedVerdict = 'OK' | 'REVIEW' | 'NG';

/** A part of the line that somebody has judged. */
export interface JudgedPart {
  readonly score: number;
  /** `ok` or the type of defect, by the human's word. */
  readonly label: string;
  /** That it got on the line. */
  readonly verdict: RecordedVerdict;
  readonly group: string | null;
}

/** What a line has on record of one model's scores in a period. */
export interface LineRecord {
  readonly judged: readonly JudgedPart[];
  /** Parts with a score, by the verdict they got, judged ones among them. */
  readonly parts: Readonly<Record<RecordedVerdict, number>>;
  /** Scores of parts called OK that nobody has judged, evenly sampled. */
  readonly passed: readonly number[];
  /** Parts with a score below it were all called OK: the lowest review threshold that was in force. */
  readonly lowestReview: number | null;
}

/**
 * What the record cannot show:
 * - `nothingJudged`: nobody has judged a part.
 * - `onlyRejects`: nobody has judged a part called OK, so labels depend on the verdict (verification bias). In the
 *   costs those parts count as good; an escape among them is not seen.
 * - `fewPassed`: so few of them that one more word may change the figures a lot.
 * - `unjudged`: nobody has judged a part of another verdict; such parts count for nothing.
 * - `noDefects`, `noGoodParts`: people confirmed none.
 */
export type RecordGap =
  | { readonly kind: 'nothingJudged' | 'noDefects' | 'noGoodParts' }
  | { readonly kind: 'onlyRejects'; readonly parts: number }
  | { readonly kind: 'fewPassed'; readonly judged: number; readonly parts: number; readonly enough: number }
  | { readonly kind: 'unjudged'; readonly verdict: 'REVIEW' | 'NG'; readonly parts: number };

export interface PairCost extends Pick<
  ExpectedCost,
  'value' | 'interval' | 'items' | 'falseAlarmRate' | 'escapeRate' | 'reviewRate'
> {
  readonly thresholds: Thresholds;
  /** Of the limits the plant states. */
  readonly unmet: readonly UnmetCeiling[];
}

export interface RecordCosts {
  readonly current: PairCost;
  readonly draft: PairCost;
  /** Of the draft against the current pair, both billed for the same parts drawn anew. */
  readonly comparison: CostComparison;
  /** The pair that costs least under the ceilings; on the parts it was chosen on, hence a little flattering. */
  readonly cheapest: PairCost;
  readonly curves: CostCurves;
  /** At the draft. */
  readonly claims: readonly Claim[];
}

export interface RecordFigures {
  readonly curves: OperatingCurves | null;
  /** Of the draft: parts not called OK, and parts called NG. */
  readonly points: { readonly review: OperatingPoint; readonly ng: OperatingPoint } | null;
  /** Null without costs, without confirmed defects, or without good parts. */
  readonly costs: RecordCosts | null;
  readonly gaps: readonly RecordGap[];
}

export interface RecordQuestion {
  readonly current: Thresholds;
  readonly draft: Thresholds;
  readonly costs: CostModel | null;
  /** Thresholds at which the cost curves are told. */
  readonly places: readonly number[];
  readonly random: Random;
}

/** Fewer judged parts among those called OK say little about escapes. */
const enoughPassed = 30;
const replicates = 400;

/**
 * What stored scores and people's words say about a pair of thresholds. People judge rejects far more often than parts
 * called OK. Whom they judge depends on the verdict, so each judged part stands for all that got the same one (inverse
 * probability of being judged; Begg & Greenes, Biometrics 1983); where nobody has judged a verdict's parts, no weight
 * mends it and a gap says so.
 */
export function weighRecord(record: LineRecord, question: RecordQuestion): RecordFigures {
  const { draft, random } = question;
  const weights = weightsOf(record);
  const known = record.judged.map(({ score, label, verdict }): KnownScore => ({
    score,
    isDefective: label !== goodLabel,
    weight: weights[verdict],
  }));
  const curves = operatingCurves(known, { random: random.fork('curves'), replicates });
  const review = operatingPoint(known, draft.review);
  const ng = operatingPoint(known, draft.ng);
  return {
    curves,
    points: review && ng && { review, ng },
    costs: question.costs && costsOf(record, question, question.costs),
    gaps: gapsOf(record),
  };
}

function weightsOf({ judged, parts }: LineRecord): Record<RecordedVerdict, number> {
  const weightOf = (verdict: RecordedVerdict) => {
    const count = judged.filter((part) => part.verdict === verdict).length;
    return count > 0 ? Math.max(1, parts[verdict] / count) : 1;
  };
  return { OK: weightOf('OK'), REVIEW: weightOf('REVIEW'), NG: weightOf('NG') };
}

function gapsOf({ judged, parts }: LineRecord): RecordGap[] {
  if (judged.length === 0) return [{ kind: 'nothingJudged' }];
  const gaps: RecordGap[] = [];
  const ofVerdict = (verdict: RecordedVerdict) => judged.filter((part) => part.verdict === verdict).length;
  const passed = ofVerdict('OK');
  if (parts.OK > 0 && passed === 0) gaps.push({ kind: 'onlyRejects', parts: parts.OK });
  else if (passed < Math.min(enoughPassed, parts.OK)) {
    gaps.push({ kind: 'fewPassed', judged: passed, parts: parts.OK, enough: enoughPassed });
  }
  for (const verdict of ['REVIEW', 'NG'] as const) {
    if (parts[verdict] > 0 && ofVerdict(verdict) === 0) {
      gaps.push({ kind: 'unjudged', verdict, parts: parts[verdict] });
    }
  }
  if (judged.every(({ label }) => label === goodLabel)) gaps.push({ kind: 'noDefects' });
  if (judged.every(({ label }) => label !== goodLabel)) gaps.push({ kind: 'noGoodParts' });
  return gaps;
}

/** Judged parts with their weights, and the unjudged ones called OK where nobody has judged any. */
function linePartsOf(record: LineRecord): ScoredPart[] {
  const weights = weightsOf(record);
  const judged = record.judged.map(({ score, label, group, verdict }) => ({
    ...{ score, label, group },
    weight: weights[verdict],
  }));
  if (record.judged.some(({ verdict }) => verdict === 'OK')) return judged;
  const weight = Math.max(1, record.parts.OK / Math.max(1, record.passed.length));
  return [...record.passed.map((score) => ({ score, label: goodLabel, weight })), ...judged];
}

function costsOf(
  record: LineRecord,
  { current, draft, places, random }: RecordQuestion,
  costs: CostModel,
): RecordCosts | null {
  const parts = linePartsOf(record);
  const isGood = ({ label }: ScoredPart) => label === goodLabel;
  if (!parts.some(isGood) || parts.every(isGood)) return null;
  // What the line does to its pictures is in the scores already.
  const conditions: Condition[] = [{ name: 'recorded', weight: 1, scores: parts }];
  const resampling = (name: string) => ({ random: random.fork(name), replicates });
  const scored = scoredParts(conditions, costs);
  const costAt = (thresholds: Thresholds) => expectedCost(conditions, thresholds, costs, resampling('cost'));
  const pairCost = (thresholds: Thresholds, cost = costAt(thresholds)): PairCost => ({
    thresholds,
    value: cost.value,
    interval: cost.interval,
    items: cost.items,
    falseAlarmRate: cost.falseAlarmRate,
    escapeRate: cost.escapeRate,
    reviewRate: cost.reviewRate,
    unmet: unmetCeilings(scored, thresholds, costs),
  });
  const atDraft = costAt(draft);
  const [first, second] = [current, draft].map((thresholds) => ({ conditions, thresholds }));
  return {
    current: pairCost(current),
    draft: pairCost(draft, atDraft),
    comparison: compareCosts(first!, second!, costs, resampling('comparison')),
    cheapest: pairCost(cheapestOf(record, conditions, costs, random)),
    curves: costCurves(conditions, draft, costs, places, resampling('curves')),
    claims: atDraft.claims,
  };
}

/** Where nobody has judged a part called OK, nothing says what a lower review threshold would bring: none is proposed. */
function cheapestOf(
  record: LineRecord,
  conditions: readonly Condition[],
  costs: CostModel,
  random: Random,
): Thresholds {
  const { thresholds } = chooseThresholds(conditions, costs, {
    random: random.fork('thresholds'),
    review: costs.review < costs.falseAlarm,
  });
  const isBlind = record.judged.every(({ verdict }) => verdict !== 'OK');
  const review = Math.max(thresholds.review, isBlind ? (record.lowestReview ?? -Infinity) : -Infinity);
  return { review, ng: Math.max(review, thresholds.ng) };
}
