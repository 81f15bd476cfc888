import type { DriftAlarm } from '../../../../electron/contract/drift.ts';
import type { I18n } from '../../i18n/i18n.svelte.ts';

/** What moved, in words; the picture before the score, which moves with it. */
export function alarmTitle(t: I18n['t'], { features }: DriftAlarm): string {
  const moved = features.filter(({ hasMoved }) => hasMoved);
  const first = moved.find(({ feature }) => feature !== 'score') ?? moved[0];
  if (!first) return t('drift.alarm.together');
  return t(first.to >= first.from ? 'drift.alarm.up' : 'drift.alarm.down', {
    feature: t(`drift.feature.${first.feature}`),
  });
}

/** How likely something as large is without drift. */
export function chanceWords(t: I18n['t'], format: I18n['format'], p: number): string {
  return p >= leastShown ? format.percent(p) : t('drift.pBelow', { of: format.count(1 / leastShown) });
}

const leastShown = 0.001;
