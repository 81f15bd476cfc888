import { lowerBound, upperTail } from '../statistics/binomial.ts';
import type { Answer, Boundary, LookTest } from './lookTest.ts';

/** Of alpha, for an exact test of all looks when they are used up: a sequence is wide there for having watched all along. */
export const closingShare = 0.25;

/**
 * Confidence sequence by betting (Voráček, arXiv 2406.17830, with the forecast of Krichevsky & Trofimov): before each
 * look its outcome is forecast by q̂ = (H + ½)/(T + 1) from the H hits of T looks. The wealth Q / (p^H (1 − p)^(T − H)),
 * Q the product of the forecasts of what came, exceeds 1/α at any time for at most a share α of parts whose probability
 * is p (Ville's inequality). The p that it does not rule out are an interval around H/T. Together with the exact test at
 * the end, each statement errs for at most alpha.
 */
export class BettingTest implements LookTest {
  private readonly logLimit: number;
  private readonly boundary: Boundary;
  private readonly logP0: number;
  private readonly logQ0: number;
  private readonly closing: { readonly looks: number; readonly alpha: number };
  private logForecasts = 0;
  private hitCount = 0;
  private lookCount = 0;

  /** @param looks after which there are no more */
  constructor(alpha: number, boundary: Boundary, looks: number) {
    this.logLimit = -Math.log((1 - closingShare) * alpha);
    this.closing = { looks, alpha: closingShare * alpha };
    this.boundary = boundary;
    this.logP0 = Math.log(boundary.p0);
    this.logQ0 = Math.log(boundary.q0);
  }

  get hits(): number {
    return this.hitCount;
  }

  get looks(): number {
    return this.lookCount;
  }

  /** Ruling p0 out says nothing of the side: a class that never comes does so too. */
  get answer(): Answer {
    const { hitCount, lookCount } = this;
    const logLikelihood = hitCount * this.logP0 + (lookCount - hitCount) * this.logQ0;
    if (this.logForecasts - logLikelihood <= this.logLimit) return this.closingAnswer();
    return hitCount > lookCount * this.boundary.p0 ? 'above' : 'below';
  }

  add(isHit: boolean): void {
    this.logForecasts += Math.log(this.forecast(isHit, this.hitCount, this.lookCount));
    this.lookCount += 1;
    if (isHit) this.hitCount += 1;
  }

  /** For T looks the wealth is convex in H, so that looks that are all hits or all misses rule p0 out first. */
  soonest(within: number): number {
    return Math.min(this.runUntilRuledOut(true, within), this.runUntilRuledOut(false, within));
  }

  lowerBound(): number {
    const { hitCount, lookCount, closing } = this;
    const atTheEnd = lookCount === closing.looks ? lowerBound(hitCount, lookCount, closing.alpha) : 0;
    return Math.max(this.sequenceBound(), atTheEnd);
  }

  private sequenceBound(): number {
    const { hitCount, lookCount } = this;
    if (hitCount === 0) return 0;
    const misses = lookCount - hitCount;
    let low = 0;
    let high = hitCount / lookCount;
    // Sixty halvings reach the last bit; the end that is ruled out is the safe one.
    for (let i = 0; i < 60; i++) {
      const p = (low + high) / 2;
      const logLikelihood = hitCount * Math.log(p) + (misses === 0 ? 0 : misses * Math.log1p(-p));
      if (this.logForecasts - logLikelihood > this.logLimit) low = p;
      else high = p;
    }
    return low;
  }

  private closingAnswer(): Answer {
    const { hitCount, lookCount, closing, boundary } = this;
    if (lookCount !== closing.looks) return 'open';
    if (upperTail(hitCount, lookCount, boundary.p0) <= closing.alpha) return 'above';
    return upperTail(lookCount - hitCount, lookCount, boundary.q0) <= closing.alpha ? 'below' : 'open';
  }

  private forecast(isHit: boolean, hits: number, looks: number): number {
    return ((isHit ? hits : looks - hits) + 0.5) / (looks + 1);
  }

  private runUntilRuledOut(isHit: boolean, within: number): number {
    const logOdds = isHit ? this.logP0 : this.logQ0;
    let { hitCount: hits, lookCount: looks } = this;
    let logWealth = this.logForecasts - hits * this.logP0 - (looks - hits) * this.logQ0;
    for (let more = 1; more < within; more++) {
      logWealth += Math.log(this.forecast(isHit, hits, looks)) - logOdds;
      if (logWealth > this.logLimit) return more;
      looks += 1;
      if (isHit) hits += 1;
    }
    return within;
  }
}
