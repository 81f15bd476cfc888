import { falseAlarmCauses } from '../../../electron/contract/review.ts';
import type { I18n } from './i18n.svelte.ts';

/** A reason as it was given: one of those offered by its word, any other as it was written. */
export function causeWord({ t }: Pick<I18n, 't'>, reason: string): string {
  const cause = falseAlarmCauses.find((each) => each === reason);
  return cause === undefined ? reason : t(`review.cause.${cause}`);
}
