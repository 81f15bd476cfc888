import type { Costs } from '../../../electron/contract/costs.ts';
import type { FineTuneSettings } from '../../../electron/contract/engine.ts';
import { isWithin, orEmpty, type Limits } from './limits.ts';

const percent = { min: 0, max: 100 };

/** Of the numbers on the Retrain screen; narrower than the contract where nothing beyond makes sense. */
export const retrainLimits = {
  amount: { min: 0, max: 1e12 },
  percent,
  percentOrNone: { ...percent, optional: true },
  latencyMs: { min: 1, max: 60_000, optional: true },
  stopParts: { min: 1, max: 1000, whole: true },
  epochs: { min: 1, max: 1000, whole: true },
  share: { min: 5, max: 100 },
  /** Of what is not tested on; most of it must train. */
  heldBack: { min: 5, max: 50 },
  learningRate: { min: 1e-6, max: 1 },
  /** Of 255 grey levels. */
  radius: { min: 0.1, max: 64 },
  attackSteps: { min: 1, max: 100, whole: true },
  beta: { min: 0, max: 100 },
  replays: { min: 1, max: 20, whole: true },
  seed: { min: 0, max: 0xffff_ffff, whole: true },
} as const satisfies Record<string, Limits>;

/** What the page offers to choose. */
export type Policy = ReturnType<typeof policyOf>;

export function policyOf(settings: FineTuneSettings) {
  const { objective, layers, budget, samples, fraction, epochs, learningRate, epsilon, seed } = settings;
  const { testAttack, calibrationShare, withSite, attackSteps, beta, replays, sigma } = settings;
  const training = { objective, layers, budget, samples, fraction, epochs, learningRate, epsilon, seed };
  return { ...training, testAttack, calibrationShare, withSite, attackSteps, beta, replays, sigma };
}

/** Grey levels of 8 bits, in which radii are stated. */
export const greyLevels = 255;

/** Whether costs are complete and within what makes sense. */
export function areCostsRight(costs: Costs): boolean {
  const { falseAlarm, escape, review, escapeByType, lineStop, defectRate, ceilings, currency } = costs;
  const limits = retrainLimits;
  const amounts = [falseAlarm, escape, review, ...Object.values(escapeByType), lineStop?.cost ?? 0];
  const ceilingShares = [ceilings.falseAlarmRate, ceilings.recall];
  return (
    currency.trim() !== '' &&
    amounts.every((amount) => isWithin(amount, limits.amount)) &&
    isWithin(100 * defectRate, limits.percent) &&
    ceilingShares.every((share) => isWithin(100 * orEmpty(share), limits.percentOrNone)) &&
    isWithin(orEmpty(ceilings.latencyP99Ms), limits.latencyMs) &&
    (lineStop === null ||
      (isWithin(lineStop.parts, limits.stopParts) && isWithin(lineStop.ng, mostNg(lineStop.parts))))
  );
}

/** A line stops at no more NG than it looks at. */
export function mostNg(parts: number): Limits {
  const { stopParts } = retrainLimits;
  return isWithin(parts, stopParts) ? { ...stopParts, max: parts } : stopParts;
}

export function isPolicyRight(policy: Policy): boolean {
  const { epochs, fraction, budget, learningRate, epsilon, seed, calibrationShare } = policy;
  const limits = retrainLimits;
  return (
    isWithin(epochs, limits.epochs) &&
    isWithin(100 * fraction, limits.share) &&
    isWithin(100 * budget, limits.share) &&
    isWithin(learningRate, limits.learningRate) &&
    isWithin(greyLevels * epsilon, limits.radius) &&
    isWithin(seed, limits.seed) &&
    isWithin(100 * calibrationShare, limits.heldBack) &&
    isWithin(policy.attackSteps, limits.attackSteps) &&
    isWithin(policy.beta, limits.beta) &&
    isWithin(policy.replays, limits.replays) &&
    isWithin(greyLevels * policy.sigma, limits.radius)
  );
}
