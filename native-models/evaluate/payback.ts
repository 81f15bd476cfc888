import type { Random } from '../random.ts';
import { betaQuantile } from '../statistics/beta.ts';
import type { LineStopRule } from './costs.ts';
import { stopsPerPart } from './lineStops.ts';

/** A share as it was counted: `hits` of `of`; parts that stand for others count by their effective size. */
export interface Counted {
  /** What was counted: shares of one name and side are the same, and are drawn together. */
  readonly name: string;
  readonly hits: number;
  readonly of: number;
}

/** What costs the plant something, before and after. */
export interface CostItem {
  readonly name: string;
  readonly costEach: number;
  /** Shares whose product is events per part, e.g. parts called NG, and false alarms among those. */
  readonly before: readonly Counted[];
  readonly after: readonly Counted[];
  /** Of stops: the events follow from the product by the rule of the line. */
  readonly stopRule?: Pick<LineStopRule, 'ng' | 'parts'> | undefined;
}

export interface PaybackQuestion {
  readonly items: readonly CostItem[];
  readonly partsPerMonth: number;
  /** Spent once: hardware, work. */
  readonly investment: number;
  readonly runningPerMonth: number;
  /** So far the curve goes. */
  readonly months: number;
  readonly random: Random;
  readonly replicates?: number;
}

export interface Estimate {
  readonly value: number;
  /** 95 % */
  readonly interval: readonly [number, number];
}

export interface ItemSaving {
  readonly name: string;
  /** Events per part. */
  readonly before: Estimate;
  readonly after: Estimate;
  readonly monthly: Estimate;
  /** The interval of the saving leaves zero out. */
  readonly isShown: boolean;
}

export interface Payback {
  readonly items: readonly ItemSaving[];
  /** Of all items, less what running costs. */
  readonly monthly: Estimate;
  /** Of those items alone whose saving is shown, or whose loss is. */
  readonly shownMonthly: Estimate;
  /** Null: never. */
  readonly paybackMonths: {
    readonly value: number | null;
    readonly interval: readonly [number | null, number | null];
  };
  /** Sum of all cash so far, at the end of each month from 0. */
  readonly curve: readonly Estimate[];
}

const defaultReplicates = 1000;

/**
 * What a change saves and when it has paid for itself. Each counted share is drawn anew from its Jeffreys posterior
 * Beta(hits + ½, misses + ½) (Brown, Cai & DasGupta, Statistical Science 2001), and the draws are carried through to
 * savings, sums and payback; intervals are their 2.5 % and 97.5 % points. What several items hang on, as false alarms and
 * stops both hang on the parts called NG, is drawn once for all of them; different shares are drawn independently.
 */
export function reckonPayback(question: PaybackQuestion): Payback {
  const { items, partsPerMonth, investment, runningPerMonth, months, random } = question;
  const replicates = question.replicates ?? defaultReplicates;
  const drawn = items.map((item) => drawItem(item, partsPerMonth, random, replicates));
  const isShown = drawn.map(({ saving }) => saving.interval[0] > 0 || saving.interval[1] < 0);
  const total = (isCounted: (item: number) => boolean) => {
    const own = drawn.filter((_, item) => isCounted(item));
    const sum = (of: (item: (typeof drawn)[number]) => number) =>
      own.reduce((all, item) => all + of(item), -runningPerMonth);
    const draws = Array.from({ length: replicates }, (_, i) => sum(({ draws: { saving } }) => saving[i]!));
    return { draws, estimate: { value: sum(({ saving }) => saving.value), interval: intervalOf(draws) } };
  };
  const all = total(() => true);
  const cash = (monthly: number, month: number) => month * monthly - investment;
  return {
    items: drawn.map(({ before, after, saving }, i) => ({
      ...{ name: items[i]!.name, before, after, monthly: saving, isShown: isShown[i]! },
    })),
    monthly: all.estimate,
    shownMonthly: total((item) => isShown[item]!).estimate,
    paybackMonths: paybackOf(all.estimate, investment),
    curve: Array.from({ length: months + 1 }, (_, month) => ({
      value: cash(all.estimate.value, month),
      interval: [cash(all.estimate.interval[0], month), cash(all.estimate.interval[1], month)],
    })),
  };
}

function drawItem(item: CostItem, partsPerMonth: number, random: Random, replicates: number) {
  const side = (counted: readonly Counted[], name: string) => {
    const streams = counted.map((share) => random.fork(`${name}/${share.name}`));
    const draws = Array.from({ length: replicates }, () =>
      eventsOf(
        item,
        counted.map((share, i) => drawShare(share, streams[i]!)),
      ),
    );
    const value = eventsOf(
      item,
      counted.map(({ hits, of }) => hits / of),
    );
    return { draws, estimate: { value, interval: intervalOf(draws) } };
  };
  const [before, after] = [side(item.before, 'before'), side(item.after, 'after')];
  const worth = partsPerMonth * item.costEach;
  const saving = before.draws.map((events, i) => worth * (events - after.draws[i]!));
  return {
    before: before.estimate,
    after: after.estimate,
    saving: { value: worth * (before.estimate.value - after.estimate.value), interval: intervalOf(saving) },
    draws: { saving },
  };
}

function eventsOf({ stopRule }: CostItem, shares: readonly number[]): number {
  const product = shares.reduce((all, share) => all * share, 1);
  return stopRule === undefined ? product : stopsPerPart(product, stopRule);
}

function drawShare({ hits, of }: Counted, random: Random): number {
  return betaQuantile(random.uniform(), hits + 0.5, of - hits + 0.5);
}

/** A smaller saving takes longer: its interval the other way round. */
function paybackOf(monthly: Estimate, investment: number): Payback['paybackMonths'] {
  const after = (saving: number) => (saving > 0 ? investment / saving : null);
  const [low, high] = monthly.interval;
  return { value: after(monthly.value), interval: [after(high), after(low)] };
}

function intervalOf(draws: readonly number[]): [number, number] {
  const rising = draws.toSorted((one, other) => one - other);
  const at = (share: number) => rising[Math.round(share * (rising.length - 1))]!;
  return [at(0.025), at(0.975)];
}
