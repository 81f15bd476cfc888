import type { Breach } from '../../../../electron/contract/engine.ts';
import type { I18n } from '../../i18n/i18n.svelte.ts';
import { labelWord } from './claimWords.ts';

/** A ceiling that a retrained model does not keep, in a sentence. */
export function breachWords(i18n: I18n, { ceiling, type, limit, reached, on }: Breach): string {
  const { t, format } = i18n;
  const inWords = (value: number) =>
    ceiling === 'latencyP99Ms' ? `${format.score(value)} ms` : format.percent(value);
  const params = { type: labelWord(i18n, type ?? 'ng'), limit: inWords(limit), reached: inWords(reached) };
  return t(`breach.on.${on}`, { what: t(`breach.${ceiling}`, params) });
}
