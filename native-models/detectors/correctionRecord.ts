import type { Correction } from '../images/correction/correction.ts';

/** Which corrections a detector is to make. */
export type CorrectionWish = Pick<Correction, 'position' | 'light'>;

/** A rate without and with a correction, and the 95 % interval (bootstrap over parts) of after − before. */
export interface RateChange {
  readonly before: number;
  readonly after: number;
  readonly interval: readonly [number, number];
}

/** Why a correction is on or off. */
export type CorrectionReason = 'helps' | 'noGain' | 'hidesDefects' | 'moreCleanAlarms';

/** One correction, tried on top of those that were on already. */
export interface CorrectionStep {
  readonly wish: CorrectionWish;
  readonly isOn: boolean;
  readonly reason: CorrectionReason;
  /** Good parts that are not OK, over all conditions; a part beyond the bounds is one. */
  readonly falseAlarms: RateChange;
  /** Defective parts that are not OK, over all conditions. */
  readonly detected: RateChange;
  readonly byCondition: readonly {
    /** As `conditionName`. */
    readonly condition: string;
    readonly falseAlarms: Omit<RateChange, 'interval'>;
    readonly detected: Omit<RateChange, 'interval'>;
  }[];
}

/** What a product's own parts said about correcting position and light; travels in the detector's card. */
export interface CorrectionTrial {
  /** Parts that were measured on. */
  readonly good: number;
  readonly defective: number;
  /** There were no labelled defects: synthetic ones on the good parts stood in for them. */
  readonly isSynthetic: boolean;
  /** Empty where there were too few good parts to tell. */
  readonly steps: readonly CorrectionStep[];
}

/** How a detector came to its correction. */
export interface CorrectionRecord {
  readonly wish: CorrectionWish | null;
  readonly by: 'measured' | 'user';
  /** Of the user; empty where it was measured. */
  readonly reason: string;
  /** null where nothing was measured. */
  readonly trial: CorrectionTrial | null;
}
