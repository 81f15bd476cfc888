import { html, type Markup } from '../../page/markup.ts';
import type { View } from './view.ts';

const items = ['falseAlarms', 'escapes', 'reviews', 'lineStops'] as const;
/** In the order of `items`; told apart by lightness, so in grey print too. */
const fills = ['#23292e', '#c5252c', '#f2b01e', '#8a949c'] as const;

const width = 720;
const nameWidth = 190;
const valueWidth = 90;
const rowHeight = 44;

/** One bar a model, made up of what it pays for, with the interval of the whole. */
export function costChart(view: View): Markup | null {
  const { data, texts, format } = view;
  const billed = data.models.flatMap(({ name, evaluation: { cost } }) => (cost ? [{ name, cost }] : []));
  if (billed.length === 0) return null;
  const most = Math.max(...billed.map(({ cost }) => Math.max(cost.value, cost.interval?.[1] ?? 0)));
  const room = width - nameWidth - valueWidth;
  const x = (value: number) => nameWidth + (most > 0 ? (room * value) / most : 0);
  const rows = billed.map(({ name, cost }, row) => {
    const top = row * rowHeight + 10;
    const middle = top + 12;
    let from = 0;
    const bars = items.map((item, at) => {
      const start = x(from);
      from += cost.items[item];
      return html`<rect
        x="${start}"
        y="${top}"
        width="${x(from) - start}"
        height="24"
        fill="${fills[at]!}"
      />`;
    });
    const [low, high] = cost.interval ?? [cost.value, cost.value];
    return html`<text x="0" y="${middle + 5}" class="name">${shortened(name)}</text>
      ${bars}
      <path
        d="M${x(low)} ${middle - 7}v14M${x(high)} ${middle - 7}v14M${x(low)} ${middle}H${x(high)}"
        class="whisker"
      />
      <text x="${Math.max(x(from), x(high)) + 8}" y="${middle + 5}">${format.amount(cost.value)}</text>`;
  });
  const legend = items.map(
    (item, at) =>
      html`<li>
        <svg width="14" height="14" aria-hidden="true">
          <rect width="14" height="14" fill="${fills[at]!}" /></svg
        >${texts.costItems[item]}
      </li>`,
  );
  return html`<section class="keep">
    <h2>${texts.sections.cost}</h2>
    <p class="soft">${texts.costCaption(data.settings.costs.currency)}</p>
    <svg viewBox="0 0 ${width} ${billed.length * rowHeight}" role="img" aria-label="${texts.sections.cost}">
      ${rows}
    </svg>
    <ul class="legend">
      ${legend}
    </ul>
  </section>`;
}

const longestName = 26;

/** Keeps the end, which tells models apart. */
export function shortened(name: string): string {
  return name.length <= longestName ? name : `…${name.slice(1 - longestName)}`;
}
