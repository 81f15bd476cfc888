import {
  Chart,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
  type Point,
} from 'chart.js';
import type { RoiEstimate } from '../../../electron/contract/roi.ts';
import { readColours, tickStyle } from './axes.ts';

Chart.register(Filler, LinearScale, LineController, LineElement, PointElement, Tooltip);

export interface PaybackWords {
  readonly month: string;
  readonly axis: string;
  readonly amount: (value: number) => string;
}

export interface PaybackChart {
  show(curve: readonly RoiEstimate[], words: PaybackWords): void;
  destroy(): void;
}

/** Cash so far by month, with its interval as a band and zero drawn strongly. */
export function createPaybackChart(canvas: HTMLCanvasElement): PaybackChart {
  const chart = new Chart<'line', Point[]>(canvas, {
    type: 'line',
    data: { datasets: [] },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      plugins: { tooltip: { filter: ({ datasetIndex }) => datasetIndex === 0 } },
    },
  });
  return {
    show(curve, words) {
      const colours = readColours(canvas);
      const points = (of: (point: RoiEstimate) => number): Point[] =>
        curve.map((point, month) => ({ x: month, y: of(point) }));
      const edge = { borderWidth: 0, pointRadius: 0 };
      chart.data.datasets = [
        {
          label: words.axis,
          data: points(({ value }) => value),
          borderColor: colours.ink,
          borderWidth: 2.5,
          pointRadius: 0,
        },
        { ...edge, data: points(({ interval }) => interval[0]) },
        {
          ...edge,
          data: points(({ interval }) => interval[1]),
          fill: '-1',
          backgroundColor: `${colours.faint}50`,
        },
      ];
      const ticks = tickStyle(colours.soft);
      const title = (text: string) => ({ display: true, text, color: colours.soft, font: { size: 13 } });
      chart.options.scales = {
        x: {
          type: 'linear',
          min: 0,
          max: curve.length - 1,
          ticks,
          grid: { display: false },
          title: title(words.month),
        },
        y: {
          type: 'linear',
          grid: { color: ({ tick }) => (tick.value === 0 ? colours.ink : colours.grid) },
          ticks: { ...ticks, maxTicksLimit: 6, callback: (value) => words.amount(Number(value)) },
          title: title(words.axis),
        },
      };
      const { tooltip } = chart.options.plugins ?? {};
      if (tooltip) {
        tooltip.callbacks = {
          title: ([item]) => `${words.month} ${item?.parsed.x ?? 0}`,
          label: ({ parsed }) => words.amount(parsed.y ?? 0),
        };
      }
      chart.update('none');
    },
    destroy: () => chart.destroy(),
  };
}
