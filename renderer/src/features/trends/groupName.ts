import type { Grouping, TrendGroup } from '../../../../electron/contract/trends.ts';
import type { I18n } from '../../i18n/i18n.svelte.ts';

/** What a group is called: when it began, or its own name. */
export function groupName({ t, format }: I18n, { name, fromMs }: TrendGroup, by: Grouping): string {
  if (name !== null) return name === '' ? t('verdict.noModel') : name;
  return by === 'day' ? format.day(fromMs) : format.dayTime(fromMs);
}
