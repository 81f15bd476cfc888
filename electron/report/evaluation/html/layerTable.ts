import type { LayerChange } from '../../../contract/evaluation.ts';
import type { ReportModel } from '../../../contract/report.ts';
import { shortNames } from '../shortNames.ts';
import { html, type Markup } from '../../page/markup.ts';
import type { View } from './view.ts';

/** Per model that has a base: how far each layer's weights moved, and how alike its output stayed. */
export function layerTables(view: View): Markup | null {
  const { data, texts } = view;
  const compared = data.models.flatMap((model) => (model.layers ? [{ ...model, layers: model.layers }] : []));
  if (compared.length === 0) return null;
  return html`<section>
    <h2>${texts.sections.layers}</h2>
    ${compared.map((model) => tableOf(model, view))}
  </section>`;
}

function tableOf(model: ReportModel & { layers: LayerChange }, view: View): Markup {
  const { texts, format } = view;
  const { base, modules, images } = model.layers;
  const most = Math.max(...modules.map(({ weightChange }) => weightChange ?? 0), Number.EPSILON);
  const rows = modules.map(({ name, size, weightChange, cka }) => {
    const isUntouched = weightChange === 0;
    return html`<tr class="${isUntouched ? 'soft' : ''}">
      <th scope="row">${name}</th>
      <td>${format.count(size)}</td>
      <td class="bar">${bar((weightChange ?? most) / most, '#0b63b4')}</td>
      <td>${weightChange === null ? texts.none : format.percent(weightChange)}</td>
      <td class="bar">${cka === null ? null : bar(Math.max(0, cka), '#737d85')}</td>
      <td>${cka === null ? texts.none : cka.toFixed(3)}</td>
    </tr>`;
  });
  return html`<h3>${model.name}</h3>
    <p class="soft">${texts.layersCaption(baseName(base, view), format.count(images))}</p>
    <table class="layers">
      <thead>
        <tr>
          <th scope="col">${texts.module}</th>
          <th scope="col">${texts.weights}</th>
          <th scope="col" colspan="2">${texts.weightChange}</th>
          <th scope="col" colspan="2">${texts.cka}</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>`;
}

/** As the report calls the model where it is one of those measured. */
function baseName(path: string, { data }: View): string {
  return data.models.find(({ evaluation }) => evaluation.model === path)?.name ?? shortNames([path])[0]!;
}

function bar(share: number, fill: string): Markup {
  return html`<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    <rect width="100" height="10" fill="#e3e6e8" />
    <rect width="${100 * share}" height="10" fill="${fill}" />
  </svg>`;
}
