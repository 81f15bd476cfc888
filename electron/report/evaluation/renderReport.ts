import type { ReportData, ReportFormat, ReportLanguage } from '../../contract/report.ts';
import { reportCsv } from './reportCsv.ts';
import { reportHtml } from './reportHtml.ts';
import { reportJson } from './reportJson.ts';

/**
 * Prints a page that is complete in itself, as PDF.
 * @throws {KenroError} `browserMissing`, `printFailed`
 */
export type PrintPdf = (page: string) => Promise<Uint8Array>;

/** A report as a file of this format; of a language where it has one. Throws as `print`. */
export async function renderReport(
  data: ReportData,
  format: ReportFormat,
  language: ReportLanguage,
  print: PrintPdf,
): Promise<string | Uint8Array> {
  switch (format) {
    case 'html':
      return reportHtml(data, language);
    case 'pdf':
      return print(reportHtml(data, language));
    case 'csv':
      return reportCsv(data);
    case 'json':
      return reportJson(data);
  }
}
