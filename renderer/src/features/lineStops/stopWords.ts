import type { LineStop } from '../../../../electron/contract/lineStops.ts';
import type { I18n } from '../../i18n/i18n.svelte.ts';

/** The rule that a stop met, in words. */
export function stopWords(
  t: I18n['t'],
  { cause, ng, parts }: Pick<LineStop, 'cause' | 'ng' | 'parts'>,
): string {
  return t(`lineStop.cause.${cause}`, { ng, parts });
}
