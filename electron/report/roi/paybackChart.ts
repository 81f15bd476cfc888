import type { RoiEstimate } from '../../contract/roi.ts';
import { html, type Markup } from '../page/markup.ts';

const width = 720;
const height = 280;
const margin = { left: 120, right: 20, top: 12, bottom: 40 };
const mostTicks = 12;

/** Cash so far by month, with its interval as a band and a line at zero. */
export function paybackChart(
  curve: readonly RoiEstimate[],
  amount: (value: number) => string,
  months: string,
): Markup {
  const ends = curve.flatMap(({ interval }) => [...interval]);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const room = { x: width - margin.left - margin.right, y: height - margin.top - margin.bottom };
  const x = (month: number) => margin.left + (room.x * month) / Math.max(1, curve.length - 1);
  const y = (value: number) => margin.top + (room.y * (high - value)) / Math.max(1e-9, high - low);
  const path = (points: readonly (readonly [number, number])[]) =>
    points
      .map(([month, value], i) => `${i === 0 ? 'M' : 'L'}${x(month).toFixed(1)} ${y(value).toFixed(1)}`)
      .join('');
  const edge = (end: 0 | 1) => curve.map(({ interval }, month) => [month, interval[end]] as const);
  const step = Math.max(1, Math.ceil((curve.length - 1) / mostTicks));
  const ticks = curve.map((_, month) => month).filter((month) => month % step === 0);
  return html`<svg viewBox="0 0 ${width} ${height}" role="img">
    ${[low, 0, high].map(
      (value) =>
        html`<path d="M${margin.left} ${y(value)}h${room.x}" class="grid" /><text
            x="${margin.left - 8}"
            y="${y(value) + 5}"
            class="right"
            >${amount(value)}</text
          >`,
    )}
    <path d="${path([...edge(0), ...edge(1).toReversed()])}Z" fill="#0b63b4" opacity="0.15" />
    <path
      d="${path(curve.map(({ value }, month) => [month, value] as const))}"
      fill="none"
      stroke="#0b63b4"
      stroke-width="2.5"
    />
    <path d="M${margin.left} ${y(0)}h${room.x}" stroke="#15191c" fill="none" />
    ${ticks.map((month) => html`<text x="${x(month)}" y="${height - margin.bottom + 18}" class="middle">${month}</text>`)}
    <text x="${margin.left + room.x / 2}" y="${height - 4}" class="middle">${months}</text>
  </svg>`;
}
