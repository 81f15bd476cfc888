import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
  type ChartDataset,
} from 'chart.js';
import type { DefectCount } from '../../../electron/contract/history.ts';

Chart.register(
  ...[BarController, BarElement, CategoryScale, LinearScale],
  ...[LineController, LineElement, PointElement, Tooltip],
);

/** Types beyond these are drawn as one bar. */
const mostBars = 12;

export interface ParetoBar {
  /** `null`: all rarer types together. */
  readonly label: string | null;
  readonly parts: number;
  /** Of this and all commoner types, 0..1. */
  readonly share: number;
}

/** Bars of a Pareto chart, the commonest type first, those that come last as one. @param defects in that order */
export function paretoBars(defects: readonly DefectCount[]): ParetoBar[] {
  const total = defects.reduce((sum, { parts }) => sum + parts, 0);
  const isLong = defects.length > mostBars;
  const shown = isLong ? defects.slice(0, mostBars - 1) : defects;
  const rest = defects.slice(shown.length).reduce((sum, { parts }) => sum + parts, 0);
  const bars = [
    ...shown.map(({ label, parts }) => ({ label, parts })),
    ...(isLong ? [{ label: null, parts: rest }] : []),
  ];
  let sum = 0;
  return bars.map((bar) => ({ ...bar, share: (sum += bar.parts) / total }));
}

export interface ParetoWords {
  readonly parts: string;
  readonly share: string;
  readonly others: string;
  readonly count: (value: number) => string;
  readonly percent: (share: number) => string;
}

export interface ParetoChart {
  show(bars: readonly ParetoBar[], marked: string | null, words: ParetoWords): void;
  destroy(): void;
}

/** Bars by defect type and the line of their running share. @param onpick told the label of the bar that was clicked */
export function createParetoChart(canvas: HTMLCanvasElement, onpick: (label: string) => void): ParetoChart {
  let shown: readonly ParetoBar[] = [];
  const chart = new Chart<'bar' | 'line', number[], string>(canvas, {
    type: 'bar',
    data: { labels: [], datasets: [] },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { top: 8 } },
      interaction: { mode: 'index', intersect: false },
      onClick: (_event, elements) => {
        const label = shown[elements[0]?.index ?? -1]?.label;
        if (typeof label === 'string') onpick(label);
      },
    },
  });
  return {
    show(bars, marked, words) {
      shown = bars;
      const colours = readColours(canvas);
      chart.data.labels = bars.map(({ label }) => label ?? words.others);
      chart.data.datasets = datasets(bars, marked, words, colours);
      chart.options.scales = scales(totalOf(bars), words, colours);
      const { tooltip } = chart.options.plugins ?? {};
      if (tooltip) {
        tooltip.callbacks = {
          label: ({ datasetIndex, raw }) =>
            datasetIndex === 0
              ? `${words.share} ${words.percent(Number(raw))}`
              : `${words.parts} ${words.count(Number(raw))}`,
        };
      }
      chart.update('none');
    },
    destroy: () => chart.destroy(),
  };
}

function datasets(
  bars: readonly ParetoBar[],
  marked: string | null,
  words: ParetoWords,
  colours: Colours,
): ChartDataset<'bar' | 'line', number[]>[] {
  return [
    {
      type: 'line',
      label: words.share,
      yAxisID: 'share',
      data: bars.map(({ share }) => share),
      borderColor: colours.ink,
      borderWidth: 2,
      pointRadius: 3,
      pointBackgroundColor: colours.ink,
    },
    {
      type: 'bar',
      label: words.parts,
      yAxisID: 'parts',
      data: bars.map(({ parts }) => parts),
      // Not red: a bar is a count, not an alarm.
      backgroundColor: bars.map(({ label }) =>
        label !== null && label === marked ? colours.ink : colours.bar,
      ),
      maxBarThickness: 72,
    },
  ];
}

const totalOf = (bars: readonly ParetoBar[]) => bars.reduce((sum, { parts }) => sum + parts, 0);

/** Both axes end at everything there is, so that the line begins on top of the first bar. */
function scales(total: number, words: ParetoWords, { grid, soft }: Colours) {
  const ticks = { color: soft, font: { size: 13 } };
  const title = (text: string) => ({ display: true, text, color: soft, font: { size: 13 } });
  return {
    x: { grid: { display: false }, ticks: { ...ticks, maxRotation: 30 } },
    parts: {
      position: 'left' as const,
      min: 0,
      max: total,
      grid: { color: grid },
      title: title(words.parts),
      ticks: { ...ticks, precision: 0, callback: (value: number | string) => words.count(Number(value)) },
    },
    share: {
      position: 'right' as const,
      min: 0,
      max: 1,
      grid: { display: false },
      title: title(words.share),
      ticks: { ...ticks, callback: (value: number | string) => words.percent(Number(value)) },
    },
  };
}

type Colours = Record<'ink' | 'bar' | 'grid' | 'soft', string>;

function readColours(element: HTMLElement): Colours {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return { ink: read('--ink'), bar: read('--line-strong'), grid: read('--line'), soft: read('--ink-soft') };
}
