import {
  Chart,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
  type ChartDataset,
  type Plugin,
  type Point,
} from 'chart.js';
import type { BrokenRule, ChartPoint } from '../../../electron/contract/trends.ts';
import { axisWidth, readColours, tickStyle } from './axes.ts';

Chart.register(LinearScale, LineController, LineElement, PointElement, Tooltip);

/** A vertical line at something done to the line. */
export interface Mark {
  /** In groups, the first at 0. */
  readonly at: number;
  /** As the list below the chart has it. */
  readonly number: number;
}

export interface ControlWords {
  readonly value: string;
  readonly ucl: string;
  readonly cl: string;
  readonly lcl: string;
  readonly atMost: string;
  readonly band: string;
  readonly label: (index: number) => string;
  readonly tell: (value: number) => string;
  readonly rule: (rule: BrokenRule) => string;
  /** Beside a point that breaks it, in as few letters as can be. */
  readonly sign: (rule: BrokenRule) => string;
}

export interface ControlData {
  readonly points: readonly ChartPoint[];
  /** Drawn faintly beside the values; empty = none. */
  readonly atMost: readonly (number | null)[];
  /** Interval of each value, a field behind it; empty = none. */
  readonly band: readonly (readonly [number, number] | null)[];
  readonly marks: readonly Mark[];
  /** Groups follow each other, so that a line between them means something. */
  readonly isLine: boolean;
  /** Beyond which there are no values; `null` = open. */
  readonly ends: readonly [number | null, number | null];
}

export interface ControlChart {
  show(data: ControlData, words: ControlWords): void;
  destroy(): void;
}

/** Values with their limits; a point that breaks a rule is a cross with the rule beside it. @param onpick told its index */
export function createControlChart(canvas: HTMLCanvasElement, onpick: (index: number) => void): ControlChart {
  let shown: { data: ControlData; words: ControlWords } | null = null;
  const chart = new Chart<'line', (Point | { x: number; y: null })[]>(canvas, {
    type: 'line',
    data: { datasets: [] },
    plugins: [bands(() => shown), signs(() => shown)],
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      layout: { padding: { top: 22, right: 20 } },
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      onClick: (_event, elements) => {
        const hit = elements.find(({ datasetIndex }) => datasetIndex === 0);
        if (hit !== undefined) onpick(hit.index);
      },
      plugins: { tooltip: { displayColors: false, filter: ({ datasetIndex }) => datasetIndex === 0 } },
    },
  });
  return {
    show(data, words) {
      shown = { data, words };
      const colours = readColours(canvas);
      chart.data.datasets = datasets(data, words, colours) as typeof chart.data.datasets;
      chart.options.scales = scales(data, words, colours);
      const { tooltip } = chart.options.plugins ?? {};
      if (tooltip) {
        tooltip.callbacks = {
          title: ([item]) => words.label(item?.dataIndex ?? 0),
          label: ({ dataIndex }) => tellPoint(data, dataIndex, words),
        };
      }
      chart.update('none');
    },
    destroy: () => chart.destroy(),
  };
}

function tellPoint({ points, band }: ControlData, index: number, words: ControlWords): string[] {
  const point = points[index];
  if (point === undefined) return [];
  const interval = band[index];
  const told = (name: string, value: number | null) =>
    value === null ? [] : [`${name} ${words.tell(value)}`];
  return [
    ...told(words.value, point.value),
    ...(interval ? [`${words.band} ${interval.map(words.tell).join(' – ')}`] : []),
    ...told(words.ucl, point.ucl),
    ...told(words.cl, point.cl),
    ...told(words.lcl, point.lcl),
    ...point.broken.map(words.rule),
  ];
}

type Colours = ReturnType<typeof readColours>;
type Line = ChartDataset<'line', { x: number; y: number | null }[]>;

function datasets({ points, atMost, isLine }: ControlData, words: ControlWords, colours: Colours): Line[] {
  const isOut = points.map(({ broken }) => broken.length > 0);
  const limit = (label: string, key: 'ucl' | 'cl' | 'lcl', dash: number[], colour: string): Line => ({
    label,
    // Wider than the points, so that a step has its whole width.
    data: points.flatMap((point, x) => [
      { x: x - 0.5, y: point[key] },
      { x: x + 0.5, y: point[key] },
    ]),
    borderColor: colour,
    borderWidth: 1.5,
    borderDash: dash,
    pointRadius: 0,
    pointHitRadius: 0,
  });
  const values: Line = {
    label: words.value,
    data: points.map(({ value }, x) => ({ x, y: value })),
    showLine: isLine,
    borderColor: colours.soft,
    borderWidth: 1.5,
    pointStyle: isOut.map((out) => (out ? 'crossRot' : 'circle')),
    pointRadius: isOut.map((out) => (out ? 7 : points.length > 200 ? 1.5 : 3.5)),
    pointBorderWidth: isOut.map((out) => (out ? 3 : 1)),
    pointBorderColor: isOut.map((out) => (out ? colours.ng : colours.ink)),
    pointBackgroundColor: colours.ink,
  };
  return [
    values,
    limit(words.ucl, 'ucl', [7, 4], colours.review),
    limit(words.cl, 'cl', [], colours.faint),
    limit(words.lcl, 'lcl', [7, 4], colours.review),
    ...(atMost.length === 0
      ? []
      : [
          {
            label: words.atMost,
            data: atMost.map((y, x) => ({ x, y })),
            borderColor: colours.faint,
            borderDash: [2, 3],
            borderWidth: 1.5,
            pointRadius: 0,
            pointHitRadius: 0,
          },
        ]),
  ];
}

function scales({ points, ends, band }: ControlData, words: ControlWords, { grid, soft }: Colours) {
  const groups = points.length;
  const [min, max] = ends;
  const label = (value: number | string) => {
    const at = Number(value);
    return Number.isInteger(at) && at >= 0 && at < groups ? words.label(at) : '';
  };
  return {
    x: {
      type: 'linear' as const,
      min: -0.5,
      max: Math.max(groups - 0.5, 0.5),
      grid: { display: false },
      ticks: {
        ...tickStyle(soft),
        includeBounds: false,
        autoSkip: false,
        stepSize: Math.max(1, Math.ceil(groups / 9)),
        callback: label,
      },
      afterBuildTicks: (axis: { ticks: { value: number }[] }) => {
        const step = Math.max(1, Math.ceil(groups / 9));
        axis.ticks = Array.from({ length: Math.ceil(groups / step) }, (_, i) => ({ value: i * step }));
      },
    },
    y: {
      type: 'linear' as const,
      ...(min === null ? {} : { min }),
      ...(max === null ? {} : { max }),
      ...(band.length === 0 ? {} : { suggestedMax: Math.max(...band.map((each) => each?.[1] ?? 0)) }),
      grid: { color: grid },
      afterFit: axisWidth,
      ticks: {
        ...tickStyle(soft),
        maxTicksLimit: 7,
        callback: (value: number | string) => words.tell(Number(value)),
      },
    },
  };
}

/** Numbers this close to each other, in pixels, could not be read. */
const apartPx = 18;

/** The interval of each value over the whole width of its group. */
function bands(read: () => { data: ControlData } | null): Plugin<'line'> {
  return {
    id: 'bands',
    beforeDatasetsDraw(chart) {
      const { ctx, scales: axes } = chart;
      const [x, y] = [axes['x'], axes['y']];
      const band = read()?.data.band ?? [];
      if (band.length === 0 || x === undefined || y === undefined) return;
      ctx.save();
      ctx.fillStyle = readColours(chart.canvas).faint;
      ctx.globalAlpha = 0.35;
      band.forEach((interval, index) => {
        if (interval === null) return;
        const [low, high] = interval.map((value) => y.getPixelForValue(value)) as [number, number];
        const left = x.getPixelForValue(index - 0.5);
        ctx.fillRect(left, high, x.getPixelForValue(index + 0.5) - left, low - high);
      });
      ctx.restore();
    },
  };
}

/** Marks with their numbers, and beside each point out of control the rules it breaks. */
function signs(read: () => { data: ControlData; words: ControlWords } | null): Plugin<'line'> {
  return {
    id: 'signs',
    afterDatasetsDraw(chart) {
      const shown = read();
      if (shown === null) return;
      const { ctx, chartArea, scales: axes } = chart;
      const colours = readColours(chart.canvas);
      const [x, y] = [axes['x'], axes['y']];
      if (x === undefined || y === undefined) return;
      ctx.save();
      ctx.font = `600 13px ${getComputedStyle(chart.canvas).fontFamily}`;
      ctx.textAlign = 'center';
      drawMarks(ctx, shown.data.marks, (at) => x.getPixelForValue(at), chartArea, colours);
      ctx.fillStyle = colours.ng;
      let last = -Infinity;
      shown.data.points.forEach(({ value, broken }, index) => {
        const px = x.getPixelForValue(index);
        if (broken.length === 0 || value === null || px - last < apartPx) return;
        last = px;
        ctx.fillText(broken.map(shown.words.sign).join(''), px, y.getPixelForValue(value) - 11);
      });
      ctx.restore();
    },
  };
}

function drawMarks(
  ctx: CanvasRenderingContext2D,
  marks: readonly Mark[],
  place: (at: number) => number,
  { top, bottom, left, right }: { top: number; bottom: number; left: number; right: number },
  colours: Colours,
): void {
  let last = -Infinity;
  for (const { at, number } of marks) {
    const x = Math.min(right, Math.max(left, place(at)));
    ctx.strokeStyle = colours.soft;
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, bottom);
    ctx.stroke();
    if (x - last < apartPx) continue;
    last = x;
    ctx.fillStyle = colours.ink;
    ctx.fillText(String(number), x, top - 6);
  }
}

/**
 * Where a moment lies among groups that follow each other: within its group by its share of it, between two groups where
 * nothing was made. `null`: before the first or after the last.
 */
export function placeOf(timeMs: number, groups: readonly { fromMs: number; toMs: number }[]): number | null {
  const at = groups.findIndex(({ toMs }) => timeMs < toMs);
  const group = groups[at];
  if (group === undefined) return null;
  if (timeMs < group.fromMs) return at === 0 ? null : at - 0.5;
  return at - 0.5 + (timeMs - group.fromMs) / (group.toMs - group.fromMs);
}
