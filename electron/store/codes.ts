import type { HumanWord } from '../contract/domain.ts';
import { verdicts, type Verdict } from '../contract/verdict.ts';

/** How verdicts and human words stand in the database. The numbers are on disk and never change. */

export const verdictCodes: Readonly<Record<Verdict, number>> = { OK: 0, NG: 1, REVIEW: 2 };
export const humanCodes: Readonly<Record<HumanWord | 'none', number>> = { none: 0, ok: 1, ng: 2 };

const words: ReadonlyArray<HumanWord | null> = [null, 'ok', 'ng'];

export function verdictOf(code: number): Verdict {
  return verdicts.find((verdict) => verdictCodes[verdict] === code) as Verdict;
}

export function humanOf(code: number): HumanWord | null {
  return words[code] as HumanWord | null;
}
