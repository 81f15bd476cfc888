import type { ReportLanguage } from '../../../contract/report.ts';
import { en } from './en.ts';
import { ja } from './ja.ts';
import type { RolloutTexts } from './texts.ts';

export const rolloutTexts: Readonly<Record<ReportLanguage, RolloutTexts>> = { en, ja };
