import type { Verdict } from '../../contract/verdict.ts';
import { html, type Markup } from '../page/markup.ts';
import type { ReportedPart } from './rolloutReport.ts';
import type { View } from './view.ts';

const shapes = { OK: '○', NG: '✕', REVIEW: '△' } as const;

/** Parts on which the two models differ, as pictures; `null` where they never judged the same parts. */
export function differingParts(view: View): Markup | null {
  const { report, texts, format } = view;
  const verification = report.phases.find(({ phase }) => phase === 'verification');
  if (!verification) return null;
  const { differing } = report;
  const all = verification.figures.disagreements;
  return html`<section data-differing>
    <h2>${texts.differing}</h2>
    <p class="soft">
      ${all === 0 ? texts.noDiffering : texts.differingShown(format.count(differing.length), format.count(all))}
    </p>
    <ul class="parts">
      ${differing.map((part) => card(part, view))}
    </ul>
  </section>`;
}

function card({ inspection, shadow, picture }: ReportedPart, { texts, format }: View): Markup {
  const { id, serial, human, timeMs, score, verdict } = inspection;
  const said = (arm: 'current' | 'candidate', given: Verdict, its: number | null) =>
    html`<p>
      ${texts.arms[arm]} <b class="verdict-${given}">${shapes[given]} ${texts.verdicts[given]}</b>
      ${format.score(its)}
    </p>`;
  return html`<li>
    ${picture === null ? html`<p class="soft">${texts.noPicture}</p>` : html`<img src="data:image/jpeg;base64,${picture}" alt="" />`}
    <p class="way">${serial === '' ? `#${id}` : serial}</p>
    ${said('current', verdict, score)} ${said('candidate', shadow.verdict, shadow.score)}
    <p>${texts.human[human ?? 'none']}</p>
    <p class="soft">${format.dateTime(timeMs)}</p>
  </li>`;
}
