import type { ReportData, ReportFormat, ReportLanguage } from '../../contract/report.ts';
import { renderAs, type PrintPdf } from '../renderAs.ts';
import { reportCsv } from './reportCsv.ts';
import { reportHtml } from './reportHtml.ts';
import { reportJson } from './reportJson.ts';

/** A report as a file of this format; of a language where it has one. Throws as `print`. */
export function renderReport(
  data: ReportData,
  format: ReportFormat,
  language: ReportLanguage,
  print: PrintPdf,
): Promise<string | Uint8Array> {
  const writers = {
    html: () => reportHtml(data, language),
    csv: () => reportCsv(data),
    json: () => reportJson(data),
  };
  return renderAs(format, writers, print);
}
