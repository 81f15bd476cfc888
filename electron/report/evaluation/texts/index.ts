import type { ReportLanguage } from '../../../contract/report.ts';
import { en } from './en.ts';
import { ja } from './ja.ts';
import type { ReportTexts } from './texts.ts';

const texts: Readonly<Record<ReportLanguage, ReportTexts>> = { en, ja };

export function textsOf(language: ReportLanguage): ReportTexts {
  return texts[language];
}
