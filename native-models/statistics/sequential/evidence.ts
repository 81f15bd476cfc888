/**
 * What a sequential test has gathered against its null hypothesis: the logarithm of its e-value now (the wealth of one
 * who began with 1 and bets against the hypothesis) and the highest there has been. Under the hypothesis the wealth
 * reaches 1/α at any time with probability α at most (Ville's inequality), however often it is looked at.
 */
export interface Evidence {
  readonly log: number;
  readonly highestLog: number;
}

export const noEvidence: Evidence = { log: 0, highestLog: 0 };

/** @param log of the wealth now */
export function withWealth(before: Evidence, log: number): Evidence {
  return { log, highestLog: Math.max(before.highestLog, log) };
}

/** The wealth now: 20 means that the hypothesis, were it true, would show this much in one case of 20 at most. */
export function eValue({ log }: Evidence): number {
  return Math.min(Math.exp(log), Number.MAX_VALUE);
}

/** A p-value that holds at every look (Johari et al., arXiv 1512.04922): 1 over the highest wealth so far. */
export function anytimeP({ highestLog }: Evidence): number {
  return Math.exp(-highestLog);
}

/** Whether the hypothesis is rejected; once it is, it stays so. @param alpha in (0, 1) */
export function isRejected({ highestLog }: Evidence, alpha: number): boolean {
  return highestLog >= -Math.log(alpha);
}
