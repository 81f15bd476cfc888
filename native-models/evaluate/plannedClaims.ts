import { enoughParts, partsFor } from './claims.ts';
import { isCritical } from './ceilings.ts';
import type { CostModel } from './costs.ts';
import { upperLimit } from './errorRates.ts';
import { goodLabel } from './evaluateDetector.ts';

/** Of a kind of part, parts that are independent of each other: those of a group count once. */
export interface KindCount {
  /** `ok` or the type of defect. */
  readonly label: string;
  /** Not tested on: what training, validation and calibration share. */
  readonly all: number;
  /** Of them: those that thresholds are chosen on. */
  readonly calibration: number;
}

/** What thresholds chosen on these parts will be able to show, known before any compute is spent. */
export interface PlannedClaims {
  /** Good parts and defective ones, as far as there are any. */
  readonly bounds: readonly {
    readonly label: 'ok' | 'ng';
    readonly parts: number;
    /** Rate of errors that is not ruled out with 95 % confidence when none of them errs, 0..1. */
    readonly atMost: number;
  }[];
  /** Least share for calibration that gives each kind as many as are needed to show its ceiling, or 30. */
  readonly share: number;
  /** What is missing where so large a share leaves less to learn from than it takes: `share` is then the largest sensible. */
  readonly missing: readonly { readonly label: string; readonly parts: number }[];
}

/** Of the parts not tested on, at most, that thresholds are chosen on: half are left to learn from. */
const largestShare = 0.5;

export function plannedClaims(kinds: readonly KindCount[], costs: CostModel): PlannedClaims {
  const good = kinds.filter(({ label }) => label === goodLabel);
  const defective = kinds.filter(({ label }) => label !== goodLabel);
  const sides = [
    ['ok', good],
    ['ng', defective],
  ] as const;
  const wanted = [
    ...wantedOf('ok', good, needed(costs.ceilings.falseAlarmRate)),
    ...wantedOf('ng', defective, enoughParts),
    ...defective
      .filter(({ label }) => isCritical(label, costs.ceilings))
      .flatMap((kind) => wantedOf(kind.label, [kind], needed(1 - costs.ceilings.recall!))),
  ];
  return {
    bounds: sides.flatMap(([label, own]) => {
      const parts = sum(own, 'calibration');
      return own.length === 0 ? [] : [{ label, parts, atMost: parts === 0 ? 1 : upperLimit(0, parts) }];
    }),
    share: Math.min(largestShare, Math.max(0, ...wanted.map(({ parts, of }) => parts / of))),
    missing: wanted.flatMap(({ label, parts, of }) => {
      const lacking = Math.ceil(parts / largestShare) - of;
      return lacking > 0 ? [{ label, parts: lacking }] : [];
    }),
  };
}

function wantedOf(label: string, kinds: readonly KindCount[], parts: number) {
  return kinds.length === 0 ? [] : [{ label, parts, of: sum(kinds, 'all') }];
}

/** Parts without an error that show a limit; without one, as many as say something. */
function needed(limit: number | null): number {
  return limit === null || limit <= 0 ? enoughParts : partsFor(limit);
}

function sum(kinds: readonly KindCount[], of: 'all' | 'calibration'): number {
  return kinds.reduce((total, kind) => total + kind[of], 0);
}
