import type { Limits } from '../../detectors/verdict.ts';
import { excessOf, type UnmetCeiling } from '../../evaluate/ceilings.ts';
import type { ChosenThresholds } from '../../evaluate/chooseThresholds.ts';
import type { Claim } from '../../evaluate/claims.ts';
import type { EscapeRates } from '../../evaluate/escapeRates.ts';
import type { Validated } from '../trainerOptions.ts';
import { blameFigures, type Blame } from './blame.ts';
import type { JudgedPart } from './changedParts.ts';

/** A ceiling that is not kept, and on which images. */
export interface Breach extends UnmetCeiling {
  /** `calibration`: no thresholds keep all ceilings there. `heldBack`: the chosen ones do not, on the images measured. */
  readonly on: 'calibration' | 'heldBack';
}

/** What weights are worth to the plant. */
export interface KpiFigures {
  /** Undisturbed images judged right, 0..1. */
  readonly clean: number;
  /** The same images under the site's disturbances, 0..1. */
  readonly site: number;
  /** The same under PGD; null where it was not asked for. */
  readonly robust: number | null;
  /** Expected cost per 1,000 parts under the site's mix; of a classifier without a class for OK, errors per 1,000. */
  readonly cost: number;
  readonly costInterval: readonly [number, number] | null;
  /** Of smoothed rates of error, by which weights are compared where parts are few; null where they are not. */
  readonly smoothedCost: number | null;
  /** Good parts called NG and defective parts called OK under the mix, 0..1; null without such parts or class. */
  readonly falseAlarmRate: number | null;
  readonly escapeRate: number | null;
  /** Null without a class that means OK. */
  readonly thresholds: Limits | null;
  /** How they were chosen; null where they were given, too. */
  readonly chosen: ChosenThresholds | null;
  /** What passes, of the images that thresholds are chosen on and of those measured; null as the thresholds are. */
  readonly escapes: { readonly calibration: EscapeRates; readonly heldBack: EscapeRates } | null;
  /** Ceilings of the costs that are not kept, and escapes that the weights compared with do not have. */
  readonly breaches: readonly Breach[];
  /** What the images measured can show and what not. */
  readonly claims: readonly Claim[];
  /** What is said of each of them, undisturbed. */
  readonly parts: readonly JudgedPart[];
  /** Mean cross-entropy of undisturbed images. */
  readonly loss: number;
  /** Where the cost comes from. */
  readonly blame: Blame;
  /** Floating-point operations of measuring this. */
  readonly flops: number;
}

/** The same in the trainer's words. */
export function validatedOf(measured: KpiFigures): Validated {
  const { clean, site, robust, cost, smoothedCost, loss, falseAlarmRate, escapeRate, flops } = measured;
  const figures = {
    clean,
    site,
    ...(robust === null ? {} : { robust }),
    expectedCost: cost,
    ...(smoothedCost === null ? {} : { smoothedCost }),
    ...(falseAlarmRate === null ? {} : { falseAlarmRate }),
    ...(escapeRate === null ? {} : { escapeRate }),
    ...blameFigures(measured.blame),
  };
  const compared = smoothedCost ?? cost;
  return { loss, accuracy: clean, cost: compared, excess: excessOf(measured.breaches), flops, figures };
}
