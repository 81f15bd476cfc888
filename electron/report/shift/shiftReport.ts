import type { Counters } from '../../contract/domain.ts';
import type { DefectCount } from '../../contract/history.ts';
import type { LineRates, Share } from '../../contract/lineRates.ts';
import type { ReportLanguage } from '../../contract/report.ts';
import type { ShiftFormat } from '../../contract/shiftReports.ts';
import { byteOrderMark, csvLine } from '../csv.ts';
import { html, type Content, type Markup } from '../page/markup.ts';
import { reportPage } from '../page/page.ts';
import { renderAs, type PrintPdf } from '../renderAs.ts';
import { shiftTexts } from './texts.ts';

export interface ShiftProduct {
  readonly name: string;
  readonly counters: Counters;
  readonly rates: LineRates;
  readonly defects: readonly DefectCount[];
}

export interface ShiftReport {
  /** Half open. */
  readonly span: { readonly fromMs: number; readonly toMs: number };
  readonly products: readonly ShiftProduct[];
  readonly madeAtMs: number;
  /** Of Kenro. */
  readonly version: string;
}

/** As a file. Throws as `print`. */
export function renderShift(
  report: ShiftReport,
  format: ShiftFormat,
  language: ReportLanguage,
  print: PrintPdf,
): Promise<string | Uint8Array> {
  return renderAs(format, { html: () => shiftHtml(report, language), csv: () => shiftCsv(report) }, print);
}

function shiftCsv({ span, products }: ShiftReport): string {
  const iso = (ms: number) => new Date(ms).toISOString();
  const three = (share: Share | null) => [share?.value ?? null, ...(share?.interval ?? [null, null])];
  const header = ['from', 'to', 'product', 'parts', 'ok', 'ng', 'review', 'errors', 'unconfirmed'];
  const rates = [
    'falseAlarm',
    'falseAlarmLow',
    'falseAlarmHigh',
    'escape',
    'escapeLow',
    'escapeHigh',
    'audited',
  ];
  return [
    byteOrderMark,
    csvLine([...header, ...rates]),
    ...products.map(({ name, counters, rates: { falseAlarms, escapes } }) => {
      const { parts, ok, ng, review, errors } = counters;
      return csvLine([
        ...[iso(span.fromMs), iso(span.toMs), name, parts, ok, ng, review, errors, falseAlarms.unconfirmed],
        ...[...three(falseAlarms.share), ...three(escapes.share), escapes.judged],
      ]);
    }),
  ].join('');
}

function shiftHtml({ span, products, madeAtMs, version }: ShiftReport, language: ReportLanguage): string {
  const t = shiftTexts[language];
  const time = (ms: number) =>
    new Date(ms).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
  const title = `${t.title}: ${time(span.fromMs)} – ${time(span.toMs)}`;
  const content = html` <h1>${title}</h1>
    <p class="soft">${t.madeAt} ${time(madeAtMs)} · Kenro ${version}</p>
    ${products.length === 0 ? html`<p>${t.noParts}</p>` : products.map((each) => productOf(each, language))}`;
  return reportPage(language, title, content);
}

function productOf({ name, counters, rates, defects }: ShiftProduct, language: ReportLanguage): Markup {
  const t = shiftTexts[language];
  const number = new Intl.NumberFormat(language);
  const percent = (value: number) =>
    new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 2 }).format(value);
  const rate = (share: Share | null, unknown: string) =>
    share === null
      ? unknown
      : `${percent(share.value)} (${t.interval} ${percent(share.interval[0])} – ${percent(share.interval[1])})`;
  const row = (what: string, said: Content, note: string | null = null) =>
    html`<div>
      <dt>${what}</dt>
      <dd>${said}${note === null ? null : html`<small>${note}</small>`}</dd>
    </div>`;
  const { falseAlarms, escapes } = rates;
  return html`<section class="keep">
    <h2>${name}</h2>
    <dl>
      ${row(t.parts, number.format(counters.parts))} ${row(t.ok, number.format(counters.ok))}
      ${row(t.ng, number.format(counters.ng))} ${row(t.review, number.format(counters.review))}
      ${row(t.errors, number.format(counters.errors))}
      ${row(t.firstPass, percent(counters.ok / counters.parts))}
      ${row(
        t.falseAlarms,
        rate(falseAlarms.share, t.unknownAlarms),
        falseAlarms.isProvisional ? t.provisional(number.format(falseAlarms.unconfirmed)) : null,
      )}
      ${row(
        t.escapes,
        rate(escapes.share, t.unknownEscapes),
        t.audited(number.format(escapes.judged), number.format(escapes.escapes)),
      )}
    </dl>
    ${
      defects.length === 0
        ? null
        : html`<h3>${t.defects}</h3>
            <table>
              <thead>
                <tr>
                  <th>${t.defect}</th>
                  <th>${t.count}</th>
                  <th>${t.ng}</th>
                </tr>
              </thead>
              <tbody>
                ${defects.map(
                  ({ label, parts, ng }) =>
                    html`<tr>
                      <th>${label}</th>
                      <td>${number.format(parts)}</td>
                      <td>${number.format(ng)}</td>
                    </tr>`,
                )}
              </tbody>
            </table>`
    }
  </section>`;
}
