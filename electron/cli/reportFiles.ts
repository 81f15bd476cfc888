import { extname } from 'node:path';
import type { ReportData } from '../contract/report.ts';
import { writeDurably } from '../platform/durableFile.ts';
import { printingBrowser, printPdf } from '../browserShell/printPdf.ts';
import { reportCsv } from '../report/evaluation/reportCsv.ts';
import { reportHtml } from '../report/evaluation/reportHtml.ts';
import { reportJson } from '../report/evaluation/reportJson.ts';
import type { Language } from '../report/evaluation/texts/texts.ts';
import { oneOf } from './arguments.ts';
import { UsageError, type Flags, type Given } from './command.ts';
import { fileToWrite } from './outputs.ts';

/** Flags of the commands that leave a report. */
export const reportFlags: Flags = {
  report: {
    type: 'string',
    value: 'FILE',
    help: 'report to write, by its ending .html, .pdf, .csv or .json',
    multiple: true,
  },
  lang: { type: 'string', value: 'NAME', help: 'of .html and .pdf: en (default) or ja' },
};

const formats = {
  '.html': async (data: ReportData, language: Language) => reportHtml(data, language),
  '.pdf': async (data: ReportData, language: Language) =>
    printPdf(reportHtml(data, language), printingBrowser()),
  '.csv': async (data: ReportData) => reportCsv(data),
  '.json': async (data: ReportData) => reportJson(data),
} as const;
const endings = Object.keys(formats) as (keyof typeof formats)[];

export interface ReportFiles {
  readonly paths: readonly string[];
  /** @throws {KenroError} `diskFull`, `diskReadOnly`, and as `printPdf` */
  write(data: ReportData): Promise<void>;
}

/**
 * What `--report` and `--lang` ask for.
 * @throws {UsageError} for another ending or language, and as `fileToWrite`
 * @throws {KenroError} `browserMissing` where a PDF cannot be printed
 */
export async function reportFilesOf(given: Given): Promise<ReportFiles> {
  const language = oneOf('lang', given.text('lang') ?? 'en', ['en', 'ja']);
  const files: { readonly path: string; readonly render: (typeof formats)[keyof typeof formats] }[] = [];
  for (const file of given.texts('report')) {
    const ending = extname(file).toLowerCase();
    const format = endings.find((each) => each === ending);
    if (!format)
      throw new UsageError(`--report needs a file that ends in ${endings.join(', ')}, not "${file}"`);
    // Not after hours of computing.
    if (format === '.pdf') printingBrowser();
    files.push({ path: await fileToWrite('report', file), render: formats[format] });
  }
  return {
    paths: files.map(({ path }) => path),
    write: async (data) => {
      for (const { path, render } of files) await writeDurably(path, await render(data, language));
    },
  };
}
