/** When the line stops itself: `ng` parts called NG among the last `parts`. */
export interface LineStopRule {
  /** One stop, in the model's currency. */
  readonly cost: number;
  /** 1..parts */
  readonly ng: number;
  /** 1..1000 */
  readonly parts: number;
}

/** What the plant will not accept, whatever it saves; `null` = no such limit. */
export interface Ceilings {
  /** Good parts called NG, of all good parts, at most; 0..1. */
  readonly falseAlarmRate: number | null;
  /** Defective parts not called OK, of all of their type, at least; 0..1. Holds for each critical type by itself. */
  readonly recall: number | null;
  /** The types that `recall` holds for; empty = every type. */
  readonly criticalTypes: readonly string[];
  /** 99th percentile of the time to a verdict, ms. */
  readonly latencyP99Ms: number | null;
}

/** What errors cost the plant, in one currency, and how often defects come; as the quality engineer states it. */
export interface CostModel {
  /** E.g. `JPY`; only shown. */
  readonly currency: string;
  /** A good part called NG. */
  readonly falseAlarm: number;
  /** A defective part called OK. */
  readonly escape: number;
  /** Instead of `escape`, by type of defect. */
  readonly escapeByType: Readonly<Record<string, number>>;
  /** A part of either kind sent to review. */
  readonly review: number;
  readonly lineStop: LineStopRule | null;
  /** Share of the line's parts that are defective, 0..1. */
  readonly defectRate: number;
  /** The same by type of defect, adding up to `defectRate`; `null` = in the proportion of the labelled images. */
  readonly defectRateByType: Readonly<Record<string, number>> | null;
  readonly ceilings: Ceilings;
  /** Share of parts taken to be under attack, 0..1: what a site mix gives to attacks instead of disturbances. */
  readonly attackWeight: number;
}
