import {
  Chart,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
  type ChartDataset,
  type Point,
} from 'chart.js';
import type { Inspection } from '../../../electron/contract/domain.ts';
import type { Verdict } from '../../../electron/contract/verdict.ts';

Chart.register(LinearScale, LineController, LineElement, PointElement, Tooltip);

/** The x axis grows by this many parts at a time, the newest at its right end. */
const stepParts = 50;
/** A score beyond this many NG thresholds is drawn there, so that it does not flatten all others. */
const outlier = 5;
const shapes = { OK: 'circle', NG: 'crossRot', REVIEW: 'triangle' } as const;
const radii: Record<Verdict, number> = { OK: 1.8, NG: 5, REVIEW: 5 };

export interface ScoreChartWords {
  ng: string;
  review: string;
  part: (part: Inspection) => string;
}

interface Axis {
  min?: number;
  suggestedMax?: number;
  grid?: object;
  ticks?: object;
}

export interface ScoreChart {
  show(parts: readonly Inspection[], marked: number | null, words: ScoreChartWords): void;
  destroy(): void;
}

/** Score of each of the last parts with its verdict's shape, and the two thresholds each was judged by. */
export function createScoreChart(canvas: HTMLCanvasElement, onpick: (id: number) => void): ScoreChart {
  let shown: readonly Inspection[] = [];
  const chart = new Chart(canvas, {
    type: 'line',
    data: { datasets: [] },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      normalized: true,
      layout: { padding: { right: 8, top: 6 } },
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      onClick: (_event, elements) => {
        const hit = elements.find(({ datasetIndex }) => datasetIndex === 0);
        const part = hit === undefined ? undefined : scored(shown)[hit.index];
        if (part !== undefined) onpick(part.part.id);
      },
      scales: {
        x: {
          type: 'linear',
          min: -stepParts,
          max: 0,
          ticks: { maxTicksLimit: 7, maxRotation: 0 },
          border: { display: false },
        },
        y: { type: 'linear', beginAtZero: true, ticks: { maxTicksLimit: 5 }, border: { display: false } },
      },
      plugins: { tooltip: { displayColors: false, filter: ({ datasetIndex }) => datasetIndex === 0 } },
    },
  });
  return {
    show(parts, marked, words) {
      shown = parts;
      const colours = readColours(canvas);
      const ceiling = ceilingOf(parts);
      chart.data.datasets = datasets(parts, marked, words, colours, ceiling);
      const { x, y } = chart.options.scales as Record<'x' | 'y', Axis>;
      x.min = -stepParts * Math.max(1, Math.ceil((parts.length - 1) / stepParts));
      y.suggestedMax = Number.isFinite(ceiling) ? (ceiling / outlier) * 1.2 : 1;
      for (const axis of [x, y]) {
        axis.grid = { color: colours.grid, drawTicks: false };
        axis.ticks = { ...axis.ticks, color: colours.soft, font: { size: 13 }, padding: 6 };
      }
      const { tooltip } = chart.options.plugins ?? {};
      if (tooltip !== undefined) {
        tooltip.callbacks = {
          title: () => '',
          label: ({ dataIndex }) => {
            const hit = scored(shown)[dataIndex];
            return hit === undefined ? '' : words.part(hit.part);
          },
        };
      }
      chart.update('none');
    },
    destroy: () => chart.destroy(),
  };
}

function ceilingOf(parts: readonly Inspection[]): number {
  const highest = Math.max(...parts.map(({ thresholds }) => thresholds?.ng ?? 0));
  return highest > 0 ? highest * outlier : Infinity;
}

function scored(parts: readonly Inspection[]): { part: Inspection; x: number; score: number }[] {
  return parts.flatMap((part, index) =>
    part.score === null ? [] : [{ part, x: index - parts.length + 1, score: part.score }],
  );
}

function datasets(
  parts: readonly Inspection[],
  marked: number | null,
  words: ScoreChartWords,
  colours: Colours,
  ceiling: number,
): ChartDataset<'line', Point[]>[] {
  const points = scored(parts);
  const threshold = (key: 'ng' | 'review', colour: string): ChartDataset<'line', Point[]> => ({
    label: words[key],
    data: parts.flatMap(({ thresholds }, index) =>
      thresholds === null ? [] : [{ x: index - parts.length + 1, y: thresholds[key] }],
    ),
    borderColor: colour,
    borderWidth: 1.5,
    borderDash: [6, 4],
    pointRadius: 0,
    pointHitRadius: 0,
    stepped: true,
  });
  const isMarked = ({ part }: { part: Inspection }) => part.id === marked;
  return [
    {
      data: points.map(({ x, score }) => ({ x, y: Math.min(score, ceiling) })),
      borderColor: colours.trace,
      borderWidth: 1,
      pointStyle: points.map(({ part }) => shapes[part.verdict]),
      pointRadius: points.map((point) => radii[point.part.verdict] + (isMarked(point) ? 4 : 0)),
      pointBorderColor: points.map((point) => colours[point.part.verdict]),
      pointBackgroundColor: points.map((point) =>
        isMarked(point) ? colours.ink : colours[point.part.verdict],
      ),
      pointBorderWidth: points.map(({ part }) => (part.verdict === 'NG' ? 2.5 : 1)),
    },
    threshold('ng', colours.NG),
    threshold('review', colours.REVIEW),
  ];
}

type Colours = Record<Verdict | 'grid' | 'soft' | 'trace' | 'ink', string>;

function readColours(element: HTMLElement): Colours {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    OK: read('--ink-faint'),
    NG: read('--ng'),
    REVIEW: read('--review'),
    grid: read('--line'),
    soft: read('--ink-soft'),
    trace: read('--line-strong'),
    ink: read('--ink'),
  };
}
