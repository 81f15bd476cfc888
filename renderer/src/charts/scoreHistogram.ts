import {
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
  type ChartDataset,
  type Point,
} from 'chart.js';
import type { ScoreBin } from '../../../electron/contract/operating.ts';
import { axisWidth, readColours, scoreAxis, tickStyle, type Area } from './axes.ts';

Chart.register(Filler, LinearScale, LineController, LineElement, LogarithmicScale, PointElement, Tooltip);

/** What people said of parts, as the histogram tells them apart. */
export const words = ['none', 'ok', 'ng'] as const;
export type Word = (typeof words)[number];

/** Parts of one bar by word; fractions where a bin lies across two bars. */
export type ScoreBar = Record<Word, number> & { readonly from: number; readonly to: number };

const mostBars = 72;
/** Of a count this small each part is drawn in one bar. */
const fewParts = 20;
/** A count of 0 on an axis of logarithms, which has no 0. */
const floor = 0.5;

/**
 * Bars of equal width over the axis. A bin, which has eight binary digits, is shared out where it lies across bars, and
 * bars are at least twice as wide as the bins of the highest scores. What lies beyond the axis is in the last bar.
 */
export function scoreBars(bins: readonly ScoreBin[], [low, high]: readonly [number, number]): ScoreBar[] {
  const widest = Math.max(0, ...bins.map(({ score }) => binWidth(Math.min(Math.abs(score), high))));
  const count = Math.max(4, Math.min(mostBars, Math.floor((high - low) / (2 * widest))));
  const width = (high - low) / count;
  const bars = Array.from({ length: count }, (_, i): ScoreBar => ({
    ...{ from: low + i * width, to: low + (i + 1) * width },
    ...{ none: 0, ok: 0, ng: 0 },
  }));
  const at = (score: number) => Math.max(0, Math.min(count - 1, Math.floor((score - low) / width)));
  for (const { score, ...parts } of bins) {
    const half = binWidth(Math.abs(score)) / 2;
    const [first, last] = [at(score - half), at(score + half)];
    for (const word of words) {
      if (parts[word] === 0) continue;
      if (first === last || parts[word] < fewParts) {
        bars[at(score)]![word] += parts[word];
        continue;
      }
      const share = (bars[first]!.to - (score - half)) / (2 * half);
      bars[first]![word] += parts[word] * share;
      bars[last]![word] += parts[word] * (1 - share);
    }
  }
  return bars;
}

function binWidth(score: number): number {
  return score > 0 ? 2 ** (Math.floor(Math.log2(score)) - 7) : 0;
}

export interface HistogramWords {
  readonly parts: string;
  readonly names: Record<Word, string>;
  readonly count: (value: number) => string;
  readonly score: (value: number) => string;
}

export interface ScoreHistogramChart {
  show(
    bars: readonly ScoreBar[],
    range: readonly [number, number],
    isLog: boolean,
    words: HistogramWords,
  ): void;
  destroy(): void;
}

/** Three outlines over one axis of scores. @param onarea told where the plot lies in the canvas, in CSS pixels */
export function createScoreHistogram(
  canvas: HTMLCanvasElement,
  onarea: (area: Area) => void,
): ScoreHistogramChart {
  const chart = new Chart<'line', Point[]>(canvas, {
    type: 'line',
    data: { datasets: [] },
    plugins: [{ id: 'area', afterLayout: ({ chartArea }) => onarea({ ...chartArea }) }],
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      layout: { padding: { top: 4, right: 20 }, autoPadding: false },
      interaction: { mode: 'index', intersect: false },
    },
  });
  return {
    show(bars, range, isLog, words) {
      const colours = readColours(canvas);
      chart.data.datasets = datasets(bars, isLog, words, colours);
      const ticks = tickStyle(colours.soft);
      const title = { display: true, text: words.parts, color: colours.soft, font: { size: 13 } };
      const shown = (value: number | string) =>
        isShown(Number(value), isLog) ? words.count(Number(value)) : '';
      chart.options.scales = {
        x: scoreAxis(range, colours, words.score),
        y: {
          type: isLog ? 'logarithmic' : 'linear',
          min: isLog ? floor : 0,
          grid: { color: colours.grid },
          afterFit: axisWidth,
          title,
          ticks: { ...ticks, maxTicksLimit: 6, callback: shown },
        },
      };
      const { tooltip } = chart.options.plugins ?? {};
      if (tooltip) {
        tooltip.callbacks = {
          title: ([item]) => {
            const bar = bars[item?.dataIndex ?? -1];
            return bar ? `${words.score(bar.from)} – ${words.score(bar.to)}` : '';
          },
          label: ({ dataset, datasetIndex, dataIndex }) => {
            const word = order[datasetIndex];
            return `${dataset.label} ${words.count(word ? (bars[dataIndex]?.[word] ?? 0) : 0)}`;
          },
        };
      }
      chart.update('none');
    },
    destroy: () => chart.destroy(),
  };
}

/** Powers of ten only; between them there is no room. */
function isShown(value: number, isLog: boolean): boolean {
  return isLog ? value >= 1 && Number.isInteger(Math.log10(value)) : Number.isInteger(value);
}

/** Drawn first is drawn on top. */
const order = ['ng', 'ok', 'none'] as const;

function datasets(
  bars: readonly ScoreBar[],
  isLog: boolean,
  { names }: HistogramWords,
  colours: ReturnType<typeof readColours>,
): ChartDataset<'line', Point[]>[] {
  const line = { ng: colours.ng, ok: colours.ok, none: colours.faint };
  return order.map((word) => {
    const y = (bar: ScoreBar) => (isLog ? Math.max(floor, bar[word]) : bar[word]);
    const points = bars.map((bar) => ({ x: bar.from, y: y(bar) }));
    const end = bars.at(-1);
    return {
      label: names[word],
      data: end ? [...points, { x: end.to, y: y(end) }] : points,
      stepped: 'before' as const,
      borderColor: line[word],
      // An outline of its own for each word, where the colours are not told apart.
      borderDash: { ng: [], ok: [7, 3], none: [2, 2] }[word],
      borderWidth: 2,
      backgroundColor: `${line[word]}${word === 'none' ? '40' : '30'}`,
      fill: 'start',
      pointRadius: 0,
    };
  });
}
