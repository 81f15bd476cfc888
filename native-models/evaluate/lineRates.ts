import { clopperPearsonRate, wilsonRate } from './rates.ts';

/** Parts called OK among which each was drawn for a human with the same probability. */
export interface PassedStratum {
  readonly passed: number;
  /** Drawn parts that a human has judged, and those of them called defective. */
  readonly judged: number;
  readonly escapes: number;
  /** Parts called OK that anybody called defective, drawn or not: by customers, later tests, chance. */
  readonly known: number;
}

export interface Share {
  readonly value: number;
  /** 95 % */
  readonly interval: readonly [number, number];
}

export interface EscapeEstimate {
  /** Escapes per part called OK; null while no drawn part is judged. */
  readonly share: Share | null;
  /** Parts called OK that the share speaks for; the others are in strata without a judged part. */
  readonly covered: number;
  readonly passed: number;
  readonly judged: number;
  /** Found in the sample. */
  readonly escapes: number;
  /** Found by anybody. */
  readonly known: number;
  /** So many parts, judged at equal shares, would say as much as these; 0 while none is. */
  readonly effectiveSize: number;
}

/**
 * Escapes among parts called OK, from the drawn ones that a human has judged. Parts that somebody judged for another
 * reason say nothing about the rest (verification bias, see lineRecord.ts), so they only set a floor. Each judged part
 * stands for `passed / judged` parts of its stratum. The interval is that of Clopper & Pearson at Kish's effective size
 * (Korn & Graubard, Survey Methodology, 1998): escapes are rare, and there the interval of Wilson, which the curves of
 * lineRecord.ts have, may begin too high.
 */
export function estimateEscapes(strata: readonly PassedStratum[]): EscapeEstimate {
  const sum = (of: readonly PassedStratum[], figure: keyof PassedStratum) =>
    of.reduce((total, stratum) => total + stratum[figure], 0);
  const seen = strata.filter(({ judged, passed }) => judged > 0 && passed > 0);
  const covered = sum(seen, 'passed');
  return {
    share: covered === 0 ? null : shareOf(seen, covered, sum(seen, 'known')),
    covered,
    passed: sum(strata, 'passed'),
    judged: sum(strata, 'judged'),
    escapes: sum(strata, 'escapes'),
    known: sum(strata, 'known'),
    effectiveSize: covered === 0 ? 0 : sizeOf(seen, covered),
  };
}

/** Kish's effective size of a sample in which each judged part stands for `passed / judged` parts. */
function sizeOf(seen: readonly PassedStratum[], covered: number): number {
  return covered ** 2 / seen.reduce((total, { passed, judged }) => total + passed ** 2 / judged, 0);
}

function shareOf(seen: readonly PassedStratum[], covered: number, known: number): Share {
  const size = sizeOf(seen, covered);
  const escapes = seen.reduce(
    (total, { passed, judged, escapes: hits }) => total + (passed * hits) / judged,
    0,
  );
  const value = escapes / covered;
  const [low, high] = clopperPearsonRate(Math.min(size, value * size), size)!.interval;
  const floor = known / covered;
  return { value: Math.max(value, floor), interval: [Math.max(low, floor), Math.max(high, floor)] };
}

/** Parts called NG, by what humans said. */
export interface Rejects {
  /** All parts, of any verdict. */
  readonly parts: number;
  readonly falseAlarms: number;
  readonly confirmed: number;
  readonly unconfirmed: number;
}

export interface FalseAlarmEstimate {
  /** False alarms per part; while provisional, rejects not yet judged are taken to be like the judged ones. */
  readonly share: Share | null;
  /** Rejects are waiting for a human, so the share may still change, up to the ends of its interval. */
  readonly isProvisional: boolean;
  readonly unconfirmed: number;
}

/**
 * False alarms per part. Which rejects people judge first is no chance, so while some are unjudged the interval reaches
 * from where none of them is a false alarm to where all are, each with its own chance (Wilson).
 */
export function estimateFalseAlarms({
  parts,
  falseAlarms,
  confirmed,
  unconfirmed,
}: Rejects): FalseAlarmEstimate {
  const isProvisional = unconfirmed > 0;
  const judged = falseAlarms + confirmed;
  if (parts === 0 || (isProvisional && judged === 0)) return { share: null, isProvisional, unconfirmed };
  const value = isProvisional ? ((judged + unconfirmed) * falseAlarms) / judged / parts : falseAlarms / parts;
  const least = wilsonRate(falseAlarms, parts)!.interval;
  const most = wilsonRate(falseAlarms + unconfirmed, parts)!.interval;
  return { share: { value, interval: [least[0], most[1]] }, isProvisional, unconfirmed };
}
