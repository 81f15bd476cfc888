import {
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
  type ChartDataset,
  type Point,
} from 'chart.js';
import type { CostPoint, PairCost, WeighedRecord } from '../../../electron/contract/operating.ts';
import { axisWidth, readColours, scoreAxis, tickStyle } from './axes.ts';

Chart.register(Filler, LinearScale, LineController, LineElement, PointElement, Tooltip);

export type Costs = NonNullable<WeighedRecord['costs']>;

export interface CostWords {
  readonly axis: string;
  readonly review: string;
  readonly ng: string;
  readonly cheapest: string;
  readonly amount: (value: number) => string;
  readonly score: (value: number) => string;
}

export interface CostCurveChart {
  show(costs: Costs, range: readonly [number, number], words: CostWords): void;
  destroy(): void;
}

/** Expected cost as one threshold moves and the other stays, each with its interval, and the cheapest pair. */
export function createCostCurve(canvas: HTMLCanvasElement): CostCurveChart {
  const chart = new Chart<'line', Point[]>(canvas, {
    type: 'line',
    data: { datasets: [] },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      layout: { padding: { top: 6, right: 20 }, autoPadding: false },
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      plugins: { tooltip: { filter: ({ datasetIndex }) => datasetIndex < 2 } },
    },
  });
  return {
    show(costs, range, words) {
      const colours = readColours(canvas);
      chart.data.datasets = datasets(costs, words, colours);
      const ticks = tickStyle(colours.soft);
      chart.options.scales = {
        x: scoreAxis(range, colours, words.score),
        y: {
          type: 'linear',
          min: 0,
          max: ceiling(costs),
          grid: { color: colours.grid },
          afterFit: axisWidth,
          title: { display: true, text: words.axis, color: colours.soft, font: { size: 13 } },
          ticks: {
            ...ticks,
            includeBounds: false,
            maxTicksLimit: 5,
            callback: (value) => words.amount(Number(value)),
          },
        },
      };
      const { tooltip } = chart.options.plugins ?? {};
      if (tooltip) {
        tooltip.callbacks = {
          title: ([item]) => words.score(item?.parsed.x ?? 0),
          label: ({ dataset, parsed }) => `${dataset.label} ${words.amount(parsed.y ?? 0)}`,
        };
      }
      chart.update('none');
    },
    destroy: () => chart.destroy(),
  };
}

/** What lies far above the pairs at hand is cut off: the valley is what one looks for. */
function ceiling({ current, draft, cheapest, curves }: Costs): number {
  const near = Math.max(current.value, draft.value, cheapest.value, draft.interval?.[1] ?? 0) * 3;
  const highest = Math.max(...[...curves.ng, ...curves.review].map(({ interval }) => interval[1]));
  return Math.max(1e-9, Math.min(near, highest)) * 1.05;
}

function datasets(
  { curves, cheapest }: Costs,
  words: CostWords,
  colours: ReturnType<typeof readColours>,
): ChartDataset<'line', Point[]>[] {
  const line = (key: 'ng' | 'review', colour: string, dash: number[]): ChartDataset<'line', Point[]> => ({
    label: words[key],
    data: curves[key].map(({ threshold, value }) => ({ x: threshold, y: value })),
    borderColor: colour,
    borderWidth: 2.5,
    borderDash: dash,
    pointRadius: 0,
  });
  const edge = (points: readonly CostPoint[], end: 0 | 1): Point[] =>
    points.map(({ threshold, interval }) => ({ x: threshold, y: interval[end] }));
  const band = (key: 'ng' | 'review', colour: string): ChartDataset<'line', Point[]>[] => [
    { data: edge(curves[key], 0), borderWidth: 0, pointRadius: 0 },
    {
      data: edge(curves[key], 1),
      borderWidth: 0,
      pointRadius: 0,
      fill: '-1',
      backgroundColor: `${colour}30`,
    },
  ];
  return [
    line('ng', colours.ng, []),
    line('review', colours.review, [7, 4]),
    mark(cheapest, words.cheapest, colours.ink),
    ...band('ng', colours.ng),
    ...band('review', colours.review),
  ];
}

/** Both thresholds of the cheapest pair, at its cost. */
function mark({ thresholds, value }: PairCost, label: string, colour: string): ChartDataset<'line', Point[]> {
  return {
    label,
    data: [
      { x: thresholds.review, y: value },
      { x: thresholds.ng, y: value },
    ],
    borderColor: colour,
    borderWidth: 2,
    pointStyle: 'rectRot',
    pointRadius: 7,
    pointBackgroundColor: colour,
  };
}
