import { en } from './en.ts';
import { ja } from './ja.ts';
import type { Language, ReportTexts } from './texts.ts';

const texts: Readonly<Record<Language, ReportTexts>> = { en, ja };

export function textsOf(language: Language): ReportTexts {
  return texts[language];
}
