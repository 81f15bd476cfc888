import type { ReportLanguage } from '../../contract/report.ts';
import type { GuardKind } from '../../contract/rollout.ts';
import { formatsOf, type Formats } from '../formats.ts';
import type { RolloutReport } from './rolloutReport.ts';
import { rolloutTexts } from './texts/index.ts';
import type { RolloutTexts } from './texts/texts.ts';

/** What every part of the page is made from. */
export interface View {
  readonly report: RolloutReport;
  readonly texts: RolloutTexts;
  readonly format: Formats;
}

export function viewOf(report: RolloutReport, language: ReportLanguage): View {
  const texts = rolloutTexts[language];
  return { report, texts, format: formatsOf(language, texts) };
}

/** What a guard looks for. */
export function guardWord(kind: GuardKind, { report, texts, format }: View): string {
  const { rejectRatio, latencyCeilingMs, escapeMargin } = report.rollout.plan;
  return texts.guard[kind]({
    ratio: format.amount(rejectRatio),
    ceiling: format.milliseconds(latencyCeilingMs),
    margin: format.percent(escapeMargin),
  });
}

/** Who did something; those without a name have a word. */
export function actorWord(actor: string, { texts }: View): string {
  return actor === 'station' || actor === 'operator' ? texts.actors[actor] : actor;
}
