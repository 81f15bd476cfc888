import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import { everything, type DefectCount, type HistoryFilter } from '../../../electron/contract/history.ts';
import type { StopList } from '../../../electron/contract/lineStops.ts';
import type { ScoreHistogram } from '../../../electron/contract/operating.ts';
import {
  kindsOf,
  type Annotation,
  type ChartKind,
  type FalseAlarmCause,
  type Grouping,
  type Measure,
  type TrendChart,
  type TrendGroup,
  type TrendPeriod,
} from '../../../electron/contract/trends.ts';
import { midnight } from './days.ts';
import type { HistoryState } from './history.svelte.ts';
import type { StationState } from './station.svelte.ts';

export const trendPeriods = ['hour', 'today', 'week', 'month', 'quarter', 'all', 'own'] as const;
export type TrendPeriodName = (typeof trendPeriods)[number];

/** How a period is divided unless another division is asked for. */
const usualGroups: Record<TrendPeriodName, Grouping> = {
  hour: 'minute',
  today: 'hour',
  week: 'shift',
  month: 'day',
  quarter: 'day',
  all: 'day',
  own: 'hour',
};
const hourMs = 3_600_000;
/** Groups that a process is usually known by before limits are drawn (Shewhart). */
export const firstGroups = 25;

interface Shown {
  readonly chart: TrendChart;
  readonly annotations: readonly Annotation[];
  readonly causes: readonly FalseAlarmCause[];
  readonly defects: readonly DefectCount[];
  readonly stops: StopList;
  readonly scores: ScoreHistogram | null;
}

/** How the line does over time. One period and one filter for all that is shown. */
export class TrendsState {
  readonly #station: StationState;
  readonly #history: HistoryState;
  #period = $state<TrendPeriodName>('week');
  #own = $state.raw<{ fromMs: number | null; toMs: number | null }>({ fromMs: null, toMs: null });
  #by = $state<Grouping>(usualGroups.week);
  #filter = $state.raw<TrendPeriod['filter']>({ productId: null, sourceId: null, modelId: null });
  #measure = $state<Measure>('falseAlarms');
  #kind = $state<ChartKind>('p');
  #isFirstOnly = $state(false);
  #shown = $state.raw<Shown | null>(null);
  #isLoading = $state(false);
  #error = $state.raw<ErrorInfo | null>(null);
  #turn = 0;

  constructor(station: StationState, history: HistoryState) {
    this.#station = station;
    this.#history = history;
  }

  get period(): TrendPeriodName {
    return this.#period;
  }

  get own(): { readonly fromMs: number | null; readonly toMs: number | null } {
    return this.#own;
  }

  get by(): Grouping {
    return this.#by;
  }

  get filter(): TrendPeriod['filter'] {
    return this.#filter;
  }

  get measure(): Measure {
    return this.#measure;
  }

  get kind(): ChartKind {
    return this.#kind;
  }

  /** Limits from the first groups only. */
  get isFirstOnly(): boolean {
    return this.#isFirstOnly;
  }

  /** `null` until something has come. */
  get shown(): Shown | null {
    return this.#shown;
  }

  /** What is shown is being read anew. */
  get isLoading(): boolean {
    return this.#isLoading;
  }

  get error(): ErrorInfo | null {
    return this.#error;
  }

  /** The model whose scores are shown: scores of different models have nothing to do with each other. */
  get scoreModelId(): number | null {
    const { modelId, productId, sourceId } = this.#filter;
    if (modelId !== null) return modelId;
    const chosen =
      productId ?? this.#station.source(sourceId)?.productId ?? this.#station.sources[0]?.productId;
    return this.#station.product(chosen ?? null)?.activeModelId ?? null;
  }

  choosePeriod(period: TrendPeriodName): Promise<void> {
    this.#period = period;
    if (this.#by !== 'lot' && this.#by !== 'product' && this.#by !== 'model') this.#by = usualGroups[period];
    return this.load();
  }

  setOwn(change: Partial<{ fromMs: number | null; toMs: number | null }>): Promise<void> {
    this.#own = { ...this.#own, ...change };
    return this.load();
  }

  divide(by: Grouping): Promise<void> {
    this.#by = by;
    return this.load();
  }

  setFilter(change: Partial<TrendPeriod['filter']>): Promise<void> {
    this.#filter = { ...this.#filter, ...change };
    return this.load();
  }

  chooseMeasure(measure: Measure): Promise<void> {
    this.#measure = measure;
    const kinds = kindsOf(measure);
    if (!kinds.includes(this.#kind)) this.#kind = kinds[0] as ChartKind;
    return this.load();
  }

  chooseKind(kind: ChartKind): Promise<void> {
    this.#kind = kind;
    return this.load();
  }

  limitBy(isFirstOnly: boolean): Promise<void> {
    this.#isFirstOnly = isFirstOnly;
    return this.load();
  }

  /** Asks for everything anew; answers to an earlier choice are dropped. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.#isLoading = true;
    this.#error = null;
    const found = await this.#ask();
    if (turn !== this.#turn) return;
    this.#isLoading = false;
    // Figures of an earlier choice must not stand under the names of this one.
    this.#shown = 'kind' in found ? null : found;
    this.#error = 'kind' in found ? found : null;
  }

  /** Lists the parts behind a point on the record. */
  openParts(group: TrendGroup): void {
    const { filter } = this.#request();
    void this.#history.setFilter({
      ...everything,
      ...filter,
      ...ownParts(group),
      ...verdictsOf(this.#measure),
    });
  }

  /** @returns whether it is noted */
  async note(text: string): Promise<boolean> {
    const { productId } = this.#filter;
    const isNoted = (await this.#station.call('intervention.note', { text, productId })) !== null;
    if (isNoted) await this.load();
    return isNoted;
  }

  async #ask(): Promise<Shown | ErrorInfo> {
    const { fromMs, toMs, filter, by } = this.#request();
    const period = { fromMs, toMs, filter, by };
    const modelId = this.scoreModelId;
    const scored = this.#measure === 'score' ? { ...filter, modelId } : filter;
    const [chart, annotations, causes, defects, stops, scores] = await Promise.all([
      this.#station.ask('trend.chart', {
        ...{ ...period, filter: scored, measure: this.#measure, kind: this.#kind },
        baseline: this.#isFirstOnly ? firstGroups : null,
      }),
      this.#station.ask('trend.annotations', period),
      this.#station.ask('trend.causes', period),
      this.#station.ask('history.defects', { filter: { ...everything, ...filter, fromMs, toMs } }),
      this.#station.ask('lineStop.list', period),
      modelId === null ? null : this.#station.ask('thresholds.scores', { modelId, fromMs, toMs }),
    ]);
    if (!chart.ok) return chart.error;
    if (!annotations.ok) return annotations.error;
    if (!causes.ok) return causes.error;
    if (!defects.ok) return defects.error;
    if (!stops.ok) return stops.error;
    if (scores !== null && !scores.ok) return scores.error;
    return {
      chart: chart.reply,
      annotations: annotations.reply.annotations,
      causes: causes.reply.causes,
      defects: defects.reply.defects,
      stops: stops.reply,
      scores: scores?.reply ?? null,
    };
  }

  #request(): TrendPeriod {
    const now = this.#station.now();
    const starts: Record<Exclude<TrendPeriodName, 'own'>, number> = {
      hour: now - hourMs,
      today: midnight(now, 0),
      week: midnight(now, 6),
      month: midnight(now, 29),
      quarter: midnight(now, 90),
      all: 0,
    };
    const fromMs = this.#period === 'own' ? (this.#own.fromMs ?? 0) : starts[this.#period];
    const toMs = (this.#period === 'own' ? this.#own.toMs : null) ?? now + 1;
    return { fromMs, toMs: Math.max(toMs, fromMs + 1), filter: this.#filter, by: this.#by };
  }
}

function ownParts(group: TrendGroup): Partial<HistoryFilter> {
  // A lot is found by its name wherever its parts lie.
  if (group.lot !== null) return { text: group.lot };
  const { fromMs, toMs, productId, modelId } = group;
  return {
    ...{ fromMs, toMs },
    ...(productId === null ? {} : { productId }),
    ...(modelId === null ? {} : { modelId }),
  };
}

function verdictsOf(measure: Measure): Partial<HistoryFilter> {
  switch (measure) {
    case 'falseAlarms':
      return { verdicts: ['NG'], human: 'overridden' };
    case 'escapes':
      return { verdicts: ['OK'], human: 'overridden' };
    case 'ng':
      return { verdicts: ['NG'] };
    case 'review':
      return { verdicts: ['REVIEW'] };
    case 'firstPass':
      return { verdicts: ['NG', 'REVIEW'] };
    case 'score':
    case 'latency':
      return {};
  }
}
