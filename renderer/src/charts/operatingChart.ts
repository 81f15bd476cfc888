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
import type { OperatingPoint, WeighedRecord } from '../../../electron/contract/operating.ts';
import { readColours } from './axes.ts';

Chart.register(Filler, LinearScale, LineController, LineElement, PointElement, Tooltip);

export type Figures = Pick<WeighedRecord, 'curves' | 'points'>;

/** `roc`: recall over false alarms; `pr`: precision over recall. */
export type CurveKind = 'roc' | 'pr';

export interface CurveWords {
  readonly x: string;
  readonly y: string;
  readonly review: string;
  readonly ng: string;
  readonly percent: (value: number) => string;
  readonly score: (value: number) => string;
}

export interface OperatingChart {
  show(figures: Figures, words: CurveWords): void;
  destroy(): void;
}

/** One of the two curves with the interval of each point, and where both thresholds stand. */
export function createOperatingChart(canvas: HTMLCanvasElement, kind: CurveKind): OperatingChart {
  let shown: readonly OperatingPoint[] = [];
  const chart = new Chart<'line', Point[]>(canvas, {
    type: 'line',
    data: { datasets: [] },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      interaction: { mode: 'nearest', axis: 'xy', intersect: false },
      plugins: { tooltip: { displayColors: false, filter: ({ datasetIndex }) => datasetIndex === 0 } },
    },
  });
  return {
    show({ curves, points }, words) {
      shown = known(curves?.points ?? [], kind);
      const colours = readColours(canvas);
      chart.data.datasets = datasets(shown, points, kind, words, colours);
      const axis = (text: string) => ({
        type: 'linear' as const,
        ...{ min: 0, max: 1 },
        grid: { color: colours.grid },
        title: { display: true, text, color: colours.soft, font: { size: 13 } },
        ticks: {
          color: colours.soft,
          font: { size: 13 },
          maxTicksLimit: 6,
          callback: (value: number | string) => words.percent(Number(value)),
        },
      });
      chart.options.scales = { x: axis(words.x), y: axis(words.y) };
      const { tooltip } = chart.options.plugins ?? {};
      if (tooltip) {
        tooltip.callbacks = {
          title: () => '',
          label: ({ dataIndex }) => {
            const point = shown[kind === 'roc' ? dataIndex - 1 : dataIndex];
            return point ? describe(point, kind, words) : '';
          },
        };
      }
      chart.update('none');
    },
    destroy: () => chart.destroy(),
  };
}

function describe(point: OperatingPoint, kind: CurveKind, words: CurveWords): string[] {
  const { value, interval } = vertical(point, kind);
  return [
    `≥ ${words.score(point.threshold)}`,
    `${words.x} ${words.percent(horizontal(point, kind))}`,
    `${words.y} ${words.percent(value)} [${words.percent(interval[0])}, ${words.percent(interval[1])}]`,
  ];
}

function known(points: readonly OperatingPoint[], kind: CurveKind): readonly OperatingPoint[] {
  return kind === 'roc' ? points : points.filter(({ precision }) => precision !== null);
}

function horizontal({ falseAlarmRate, recall }: OperatingPoint, kind: CurveKind): number {
  return (kind === 'roc' ? falseAlarmRate : recall).value;
}

function vertical({ recall, precision }: OperatingPoint, kind: CurveKind) {
  return kind === 'roc' ? recall : precision!;
}

function datasets(
  points: readonly OperatingPoint[],
  marks: Figures['points'],
  kind: CurveKind,
  words: CurveWords,
  colours: ReturnType<typeof readColours>,
): ChartDataset<'line', Point[]>[] {
  // Above the highest score nothing is rejected.
  const start = kind === 'roc' ? [{ x: 0, y: 0 }] : [];
  const at = (pick: (point: OperatingPoint) => number) => [
    ...start,
    ...points.map((point) => ({ x: horizontal(point, kind), y: pick(point) })),
  ];
  const mark = (key: 'ng' | 'review', style: 'rect' | 'triangle', colour: string) => {
    const own = marks === null ? [] : known([marks[key]], kind);
    return {
      label: words[key],
      data: own.map((point) => ({ x: horizontal(point, kind), y: vertical(point, kind).value })),
      pointStyle: style,
      pointRadius: 8,
      pointBackgroundColor: colour,
      pointBorderColor: colours.ink,
      pointBorderWidth: 2,
      // Whole at the edge too.
      clip: false as const,
    };
  };
  const plain = { borderWidth: 0, pointRadius: 0 };
  return [
    {
      data: at((point) => vertical(point, kind).value),
      borderColor: colours.ink,
      borderWidth: 2,
      pointRadius: 0,
    },
    mark('ng', 'rect', colours.ng),
    mark('review', 'triangle', colours.review),
    { ...plain, data: at((point) => vertical(point, kind).interval[0]) },
    {
      ...plain,
      data: at((point) => vertical(point, kind).interval[1]),
      fill: '-1',
      backgroundColor: `${colours.soft}40`,
    },
    ...(kind === 'roc' ? [guessing(colours.soft)] : []),
  ];
}

/** The diagonal: what guessing would do. */
function guessing(colour: string): ChartDataset<'line', Point[]> {
  return {
    data: [
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ],
    borderColor: colour,
    borderWidth: 1,
    borderDash: [3, 4],
    pointRadius: 0,
  };
}
