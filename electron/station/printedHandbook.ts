import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KenroError } from '../contract/errors.ts';
import type { HandbookPart } from '../contract/handbook.ts';
import type { ReportLanguage } from '../contract/report.ts';
import type { PrintPdf } from '../report/renderAs.ts';

/**
 * The handbook as PDF, from the page that the build has put beside the window's own.
 * @throws {KenroError} `notFound` where it was not built; as `printPdf`
 */
export async function printedHandbook(
  { handbookDir, printPdf }: { readonly handbookDir: string; readonly printPdf: PrintPdf },
  part: HandbookPart,
  language: ReportLanguage,
): Promise<Uint8Array> {
  const path = join(handbookDir, `${language}-${part}.html`);
  const page = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new KenroError('notFound', { what: 'report', path }, { cause });
  });
  return printPdf(page);
}
