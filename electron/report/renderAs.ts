import { KenroError } from '../contract/errors.ts';
import type { ReportFormat } from '../contract/report.ts';

/**
 * Prints a page that is complete in itself, as PDF.
 * @throws {KenroError} `browserMissing`, `printFailed`
 */
export type PrintPdf = (page: string) => Promise<Uint8Array>;

/** How a report is written; PDF is the page in print. */
export interface Writers {
  readonly html: () => string;
  readonly csv: () => string;
  /** Absent: it has no such form. */
  readonly json?: () => string;
}

/** A report as a file of a format. @throws {KenroError} `badRequest` for a form that it has not; as `print` */
export async function renderAs(
  format: ReportFormat,
  { html, csv, json }: Writers,
  print: PrintPdf,
): Promise<string | Uint8Array> {
  switch (format) {
    case 'html':
      return html();
    case 'pdf':
      return print(html());
    case 'csv':
      return csv();
    case 'json':
      if (!json) throw new KenroError('badRequest', { field: 'format' });
      return json();
  }
}
