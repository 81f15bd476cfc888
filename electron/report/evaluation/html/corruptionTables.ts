import type { EvaluateReply } from '../../../contract/evaluation.ts';
import type { ReportModel } from '../../../contract/report.ts';
import { html, type Markup } from '../../page/markup.ts';
import { conditionOf, disturbanceWord, type View } from './view.ts';

/** A field for every disturbance and severity, one table a model, side by side. */
export function corruptionTables(view: View): Markup | null {
  const { data, texts } = view;
  const names = Object.keys(data.models[0]!.evaluation.corruption);
  if (names.length === 0) return null;
  return html`<section>
    <h2>${texts.sections.corruptions}</h2>
    <p class="soft">${texts.corruptionsCaption}</p>
    <div class="heat">${data.models.map((model) => tableOf(model, names, view))}</div>
  </section>`;
}

function tableOf({ name, evaluation }: ReportModel, names: readonly string[], view: View): Markup {
  const { texts, format } = view;
  const clean = conditionOf(evaluation, 'clean')!.accuracy.value;
  const rows = names.map((each) => {
    const rates = evaluation.corruption[each]!.map(({ value }) => value);
    const mean = rates.reduce((sum, value) => sum + value, 0) / rates.length;
    return html`<tr>
      <th scope="row">${disturbanceWord(each, view)}</th>
      ${rates.map((value) => field(value, clean))}
      <td>${Math.round(100 * mean)}</td>
    </tr>`;
  });
  return html`<table>
    <caption>
      ${name}
      <small>${texts.undisturbed} ${format.percent(clean)}</small>
    </caption>
    <thead>
      <tr>
        <td>%</td>
        ${[1, 2, 3, 4, 5].map((severity) => html`<th scope="col">${severity}</th>`)}
        <th scope="col">${texts.mean}</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

/** Darkest where half of all images are lost. */
const darkestLoss = 0.5;

function field(value: EvaluateReply['corruption'][string][number]['value'], clean: number): Markup {
  const loss = Math.min(1, Math.max(0, clean - value) / darkestLoss);
  const ink = loss > 0.55 ? '#ffffff' : '#15191c';
  const fill = `rgb(${mixed(236, 184, loss)} ${mixed(238, 28, loss)} ${mixed(240, 36, loss)})`;
  return html`<td style="background:${fill};color:${ink}">${Math.round(100 * value)}</td>`;
}

function mixed(from: number, to: number, share: number): number {
  return Math.round(from + (to - from) * share);
}
