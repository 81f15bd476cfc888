import type { ReportFormat, ReportLanguage } from '../../contract/report.ts';
import { roiItems, type Roi, type RoiEstimate } from '../../contract/roi.ts';
import { byteOrderMark, csvLine } from '../csv.ts';
import { html } from '../page/markup.ts';
import { reportPage } from '../page/page.ts';
import { renderAs, type PrintPdf } from '../renderAs.ts';
import { paybackChart } from './paybackChart.ts';
import { roiTexts } from './texts.ts';

/** A return on investment with what the page says of it. */
export interface RoiReport {
  readonly roi: Roi;
  readonly product: string;
  readonly madeAtMs: number;
  /** Of Kenro. */
  readonly version: string;
}

/** As a file. @throws {KenroError} `badRequest` for JSON; as `print` */
export function renderRoi(
  report: RoiReport,
  format: ReportFormat,
  language: ReportLanguage,
  print: PrintPdf,
): Promise<string | Uint8Array> {
  return renderAs(format, { html: () => roiHtml(report, language), csv: () => roiCsv(report) }, print);
}

function roiCsv({ roi: { payback, plan } }: RoiReport): string {
  const { currency } = plan.costs;
  const cells = ({ value, interval }: RoiEstimate) => [value, ...interval];
  const three = (name: string) => [name, `${name}Low`, `${name}High`];
  return [
    byteOrderMark,
    csvLine(['row', ...three('before'), ...three('after'), ...three(`monthly_${currency}`), 'isShown']),
    ...payback.items.map(({ name, before, after, monthly, isShown }) =>
      csvLine([name, ...cells(before), ...cells(after), ...cells(monthly), String(isShown)]),
    ),
    csvLine(['total', ...Array<null>(6).fill(null), ...cells(payback.monthly), null]),
    csvLine(['shownTotal', ...Array<null>(6).fill(null), ...cells(payback.shownMonthly), null]),
    ...payback.curve.map((point, month) =>
      csvLine([`month${month}`, ...Array<null>(6).fill(null), ...cells(point), null]),
    ),
  ].join('');
}

function roiHtml({ roi, product, madeAtMs, version }: RoiReport, language: ReportLanguage): string {
  const t = roiTexts[language];
  const { plan, payback, gaps, parts, unconfirmed } = roi;
  const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 4 });
  const amount = (value: number) => `${number.format(value)} ${plan.costs.currency}`;
  const range = ([low, high]: readonly [number, number], told: (value: number) => string) =>
    `${told(low)} – ${told(high)}`;
  const rate = ({ value, interval }: RoiEstimate) => {
    const told = (share: number) => number.format(share * 1000);
    return html`${told(value)}<small>${range(interval, told)}</small>`;
  };
  const day = (ms: number) => new Date(ms).toLocaleDateString(language);
  const money = ({ value, interval }: RoiEstimate) =>
    html`${amount(value)}<small>${t.interval} ${range(interval, amount)}</small>`;
  const months = (value: number | null) => (value === null ? t.never : `${number.format(value)} ${t.months}`);
  const { value, interval } = payback.paybackMonths;
  const fact = (name: string, said: string) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${said}</dd>
    </div>`;
  const { costs } = plan;
  const each = {
    ...{ falseAlarms: costs.falseAlarm, reviews: costs.review, escapes: costs.escape },
    stops: costs.lineStop?.cost ?? null,
  };
  const content = html` <h1>${t.title}: ${product}</h1>
    <p class="soft">${t.madeAt} ${new Date(madeAtMs).toLocaleString(language)} · Kenro ${version}</p>
    <ul class="verdict">
      <li>
        ${t.payback} <strong>${months(value)}</strong
        ><small>${t.interval} ${months(interval[0])} – ${months(interval[1])}</small>
      </li>
      <li>
        ${t.total}: <strong>${amount(payback.monthly.value)}</strong
        ><small>${t.interval} ${range(payback.monthly.interval, amount)}</small>
      </li>
      <li>
        ${t.shownTotal}: <strong>${amount(payback.shownMonthly.value)}</strong
        ><small>${t.interval} ${range(payback.shownMonthly.interval, amount)}</small>
      </li>
    </ul>
    ${unconfirmed > 0 ? html`<p class="caution">${t.provisional(number.format(unconfirmed))}</p>` : null}
    <table>
      <thead>
        <tr>
          <th>${t.item}</th>
          <th>${t.before}<small>${t.perThousand}</small></th>
          <th>${t.after}<small>${t.perThousand}</small></th>
          <th>${t.monthly}</th>
        </tr>
      </thead>
      <tbody>
        ${payback.items.map(
          (item) =>
            html`<tr>
              <th>${t.items[item.name]}${item.isShown ? null : html`<small>${t.notShown}</small>`}</th>
              <td>${rate(item.before)}</td>
              <td>${rate(item.after)}</td>
              <td>${money(item.monthly)}</td>
            </tr>`,
        )}
        ${gaps.map(
          ({ item, why }) =>
            html`<tr>
              <th>${t.items[item]}</th>
              <td colspan="3">${t.gaps[why]}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <h2>${t.curve}</h2>
    ${paybackChart(payback.curve, amount, t.months)}
    <h2>${t.costs}</h2>
    <dl>
      ${fact(t.before, `${day(plan.before.fromMs)} – ${day(plan.before.toMs)}, ${number.format(parts.before)} ${t.parts}`)}
      ${fact(t.after, `${day(plan.after.fromMs)} – ${day(plan.after.toMs)}, ${number.format(parts.after)} ${t.parts}`)}
      ${roiItems.map((item) => (each[item] === null ? null : fact(t.costEach[item], amount(each[item]))))}
      ${fact(t.partsPerMonth, number.format(plan.partsPerMonth))} ${fact(t.hardware, amount(plan.hardware))}
      ${fact(t.work, amount(plan.work))} ${fact(t.running, amount(plan.runningPerMonth))}
    </dl>
    <p class="method">${t.method}</p>`;
  return reportPage(language, `${t.title}: ${product}`, content);
}
