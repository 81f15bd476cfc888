import { KenroError, toErrorInfo } from '../contract/errors.ts';
import { reportLanguages, type ReportFormat, type ReportLanguage } from '../contract/report.ts';
import { framedHeaders } from '../platform/pagePolicy.ts';
import { renderReport } from '../report/evaluation/renderReport.ts';
import type { PrintPdf } from '../report/renderAs.ts';
import { reportPolicy } from '../report/page/page.ts';
import type { Reporting } from './reporting.ts';
import type { AssetResponse } from './station.ts';

export interface ReportAssetOptions {
  readonly reporting: Pick<Reporting, 'read'>;
  readonly printPdf: PrintPdf;
}

const types: Readonly<Record<ReportFormat, string>> = {
  html: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json',
};

/**
 * A report as a file; where that cannot be, the `ErrorInfo` as JSON.
 * @param lang language asked for; English when not said
 */
export function reportAsset(
  { reporting, printPdf }: ReportAssetOptions,
  id: string,
  format: ReportFormat,
  lang: string | null,
): Promise<AssetResponse> {
  return fileAsset(format, lang, async (language) =>
    renderReport(await reporting.read(id), format, language, printPdf),
  );
}

/** Any report as a file, rendered in the language asked for; where that cannot be, the `ErrorInfo` as JSON. */
export async function fileAsset(
  format: ReportFormat,
  lang: string | null,
  render: (language: ReportLanguage) => Promise<string | Uint8Array>,
): Promise<AssetResponse> {
  const language = reportLanguages.find((each) => each === (lang ?? 'en'));
  try {
    if (!language) throw new KenroError('badRequest', { field: 'lang' });
    const content = await render(language);
    const body = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const policy = format === 'html' ? framedHeaders(reportPolicy) : {};
    // A report may be made anew.
    return {
      status: 200,
      headers: { 'content-type': types[format], 'cache-control': 'no-store', ...policy },
      body,
    };
  } catch (thrown) {
    if (!(thrown instanceof KenroError)) throw thrown;
    return {
      status: statuses[thrown.kind] ?? 503,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: new TextEncoder().encode(JSON.stringify(toErrorInfo(thrown))),
    };
  }
}

const statuses: Partial<Record<KenroError['kind'], number>> = { badRequest: 400, notFound: 404 };
