import type { PhaseRecord } from '../../contract/rolloutRecord.ts';
import { html, type Markup } from '../page/markup.ts';
import type { View } from './view.ts';

const width = 720;
const height = 260;
const margin = { left: 110, right: 24, top: 14, bottom: 34 };
const room = { x: width - margin.left - margin.right, y: height - margin.top - margin.bottom };

/** Told apart by colour and dash. */
const looks = {
  falseAlarms: { colour: '#0b63b4', dash: '' },
  escapes: { colour: '#7d5200', dash: '7 4' },
} as const;
const claims = ['falseAlarms', 'escapes'] as const;

/** Powers of ten that the chance is drawn over, at least and at most. */
const decades = { least: 2, most: 6 };

/** How unlikely what was seen is, over time, with the line from which on it is shown; `null` with less than two points. */
export function evidenceChart({ evidence, phase }: PhaseRecord, view: View): Markup | null {
  const { report, texts, format } = view;
  const [first, last] = [evidence[0], evidence.at(-1)];
  if (!first || !last || first === last) return null;
  const inDecades = (log: number) => Math.min(Math.max(0, log / Math.LN10), decades.most);
  const highest = Math.ceil(
    Math.max(decades.least, ...evidence.flatMap((point) => claims.map((claim) => inDecades(point[claim])))),
  );
  const span = Math.max(1, last.timeMs - first.timeMs);
  const x = (ms: number) => margin.left + (room.x * (ms - first.timeMs)) / span;
  const y = (decade: number) => margin.top + room.y * (1 - decade / highest);
  const { alpha } = report.rollout.plan;
  const needed = y(-Math.log10(alpha));
  const said = (chance: number) => texts.oneIn(format.count(Math.round(1 / chance)));
  const title = `${texts.evidence}: ${texts.state[phase]}`;
  const grid = Array.from({ length: highest + 1 }, (_, decade) => {
    return html`<path d="M${margin.left} ${y(decade)}h${room.x}" class="grid" /><text
        x="${margin.left - 8}"
        y="${y(decade) + 5}"
        class="right"
        >${decade === 0 ? '1' : said(10 ** -decade)}</text
      >`;
  });
  const lines = claims.map((claim) => {
    const points = evidence.map((point) => {
      return `${x(point.timeMs).toFixed(1)},${y(inDecades(point[claim])).toFixed(1)}`;
    });
    const { colour, dash } = looks[claim];
    return html`<polyline
      points="${points.join(' ')}"
      fill="none"
      stroke="${colour}"
      stroke-width="2.5"
      stroke-dasharray="${dash}"
    />`;
  });
  return html`<section class="keep">
    <h4>${texts.evidence}</h4>
    <p class="soft">${texts.evidenceCaption(format.count(Math.round(1 / alpha)))}</p>
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}" data-evidence="${phase}">
      ${grid}
      <path d="M${margin.left} ${needed}h${room.x}" stroke="#15191c" stroke-dasharray="2 3" fill="none" />
      <text x="${margin.left + room.x}" y="${needed - 5}" class="right">${texts.needed}: ${said(alpha)}</text>
      ${lines}
      <text x="${margin.left}" y="${height - 8}">${format.dateTime(first.timeMs)}</text>
      <text x="${margin.left + room.x}" y="${height - 8}" class="right">${format.dateTime(last.timeMs)}</text>
    </svg>
    <ul class="legend">
      ${claims.map((claim) => legend(claim, texts.claims[claim]))}
    </ul>
  </section>`;
}

function legend(claim: keyof typeof looks, name: string): Markup {
  const { colour, dash } = looks[claim];
  return html`<li>
    <svg width="40" height="14" aria-hidden="true">
      <path d="M0 7h40" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dash}" /></svg
    >${name}
  </li>`;
}
