import { extname, resolve } from 'node:path';
import { reportFormats, reportLanguages, type ReportData } from '../contract/report.ts';
import { writeDurably } from '../platform/durableFile.ts';
import { printHere, printingBrowser } from '../browserShell/printPdf.ts';
import { renderReport } from '../report/evaluation/renderReport.ts';
import { oneOf } from './arguments.ts';
import { UsageError, type Flags, type Given } from './command.ts';

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

export interface ReportFiles {
  readonly paths: readonly string[];
  /** @throws {KenroError} `diskFull`, `diskReadOnly`, and as `printPdf` */
  write(data: ReportData): Promise<void>;
}

/**
 * What `--report` and `--lang` ask for.
 * @throws {UsageError} for another ending or language
 * @throws {KenroError} `browserMissing` where a PDF cannot be printed
 */
export function reportFilesOf(given: Given): ReportFiles {
  const language = oneOf('lang', given.text('lang') ?? 'en', reportLanguages);
  const files = given.texts('report').map((file) => {
    const ending = extname(file).toLowerCase();
    const format = reportFormats.find((each) => `.${each}` === ending);
    if (!format) {
      const endings = reportFormats.map((each) => `.${each}`).join(', ');
      throw new UsageError(`--report needs a file that ends in ${endings}, not "${file}"`);
    }
    // Not after hours of computing.
    if (format === 'pdf') printingBrowser();
    return { path: resolve(file), format };
  });
  return {
    paths: files.map(({ path }) => path),
    write: async (data) => {
      for (const { path, format } of files) {
        await writeDurably(path, await renderReport(data, format, language, printHere));
      }
    },
  };
}
