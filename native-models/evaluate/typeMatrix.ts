import type { Verdict } from '../detectors/verdict.ts';
import { goodLabel } from './evaluateDetector.ts';
import { wilsonRate, type Rate } from './rates.ts';

/** What a classifier called the images of one label. Intervals are 95 %. */
export interface TypeRow {
  /** `ok` or the defect type. */
  readonly label: string;
  readonly images: number;
  /** How many were called what, in the order of the columns. */
  readonly said: readonly number[];
  /** Called by their own type; good ones OK. */
  readonly named: Rate;
  /** Not called OK. */
  readonly stopped: Rate;
}

/** Which defect types are taken for which: the confusion matrix of a classifier's verdicts. */
export interface TypeMatrix {
  /** `ok`, the defect types the model knows, and `review`. */
  readonly columns: readonly string[];
  readonly rows: readonly TypeRow[];
}

/** Column of parts that are called neither OK nor a defect. */
export const reviewColumn = 'review';

/**
 * @param parts with what each was called: one of the columns
 * @param types the model's defect types
 */
export function typeMatrix(
  parts: readonly { readonly label: string; readonly said: string }[],
  types: readonly string[],
): TypeMatrix {
  const columns = [goodLabel, ...types, reviewColumn];
  const labels = [...new Set(parts.map(({ label }) => label))];
  const order = (label: string) => (columns.includes(label) ? columns.indexOf(label) : columns.length);
  labels.sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
  const rows = labels.map((label): TypeRow => {
    const own = parts.filter((part) => part.label === label);
    const said = columns.map((column) => own.filter((part) => part.said === column).length);
    const count = (column: string) => own.filter((part) => part.said === column).length;
    return {
      ...{ label, images: own.length, said },
      named: wilsonRate(count(label), own.length)!,
      stopped: wilsonRate(own.length - count(goodLabel), own.length)!,
    };
  });
  return { columns, rows };
}

/** Column of a judged part: its type where the verdict is NG. @param type likeliest defect type; null = none is named */
export function calledBy(verdict: Verdict, type: string | null): string {
  return verdict === 'OK' ? goodLabel : verdict === 'NG' && type !== null ? type : reviewColumn;
}
