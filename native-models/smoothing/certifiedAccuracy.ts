import { wilsonRate, type Rate } from '../evaluate/rates.ts';
import type { Certificate } from './certify.ts';

/** A certificate beside the truth. */
export interface CertifiedOutcome extends Pick<Certificate, 'abstained' | 'radius'> {
  /** The class it names is the true one. */
  readonly isRight: boolean;
}

/** Share of parts whose smoothed class is right and certified at least at this radius; null without parts. */
export function certifiedAccuracy(outcomes: readonly CertifiedOutcome[], radius: number): Rate | null {
  const certified = outcomes.filter((each) => each.isRight && !each.abstained && each.radius >= radius);
  return wilsonRate(certified.length, outcomes.length);
}
