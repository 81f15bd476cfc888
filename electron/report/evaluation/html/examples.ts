import type { ModelComparison, PartChange, PartJudgement } from '../../../contract/report.ts';
import { html, type Markup } from '../../page/markup.ts';
import { conditionWord, labelWord, type View } from './view.ts';

/** Parts that the models judge differently from the first, as pictures. */
export function examples(view: View): Markup | null {
  const { data, texts } = view;
  const against = data.comparisons.filter(({ first }) => first === 0);
  if (against.length === 0) return null;
  return html`<section>
    <h2>${texts.sections.parts}</h2>
    ${against.map((comparison) => partsOf(comparison, view))}
  </section>`;
}

function partsOf({ first, second, parts }: ModelComparison, view: View): Markup {
  const { data, texts, format } = view;
  const pictured = parts.filter(({ picture }) => picture !== null);
  const left = parts.length - pictured.length;
  return html`<h3>${texts.partsCaption(data.models[second]!.name, data.models[first]!.name)}</h3>
    ${parts.length === 0 ? html`<p>${texts.noChanges}</p>` : null}
    <ul class="parts">
      ${pictured.map((part) => card(part, view))}
    </ul>
    ${left === 0 ? null : html`<p class="soft">${texts.noPicture(format.count(left))}</p>`}`;
}

function card(part: PartChange, view: View): Markup {
  const { texts } = view;
  const { path, label, condition, direction, picture } = part;
  const isBetter = direction === 'better';
  return html`<li class="${direction}">
    <img src="data:image/jpeg;base64,${picture}" alt="" />
    <p class="way">${isBetter ? '▲' : '▼'} ${isBetter ? texts.better : texts.worse}</p>
    <p><strong>${labelWord(label, view)}</strong></p>
    <p class="soft">${conditionWord(condition, view)}</p>
    <p>${texts.before} ${judged(part.before, view)}</p>
    <p>${texts.after} ${judged(part.after, view)}</p>
    <p class="soft file">${fileName(path)}</p>
  </li>`;
}

const shapes = { OK: '○', NG: '✕', REVIEW: '△' } as const;

function judged({ verdict, score, isRight }: PartJudgement, { texts, format }: View): Markup {
  if (verdict === null) return html`<b>${texts.verdict[isRight ? 'right' : 'wrong']}</b>`;
  const word = html`<b class="verdict-${verdict}">${shapes[verdict]} ${texts.verdict[verdict]}</b>`;
  return html`${word} ${format.score(score)}`;
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1)!;
}
