import { readCard } from '../detectors/card.ts';
import { openDetector } from '../detectors/detector.ts';
import { verdictOf, type Limits } from '../detectors/verdict.ts';
import { ModelError } from '../errors.ts';
import type { Model } from '../onnx/ir.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { checkCancelled } from '../training/cancel.ts';
import { goodLabel, limitsOfCard, type LabelledLoader } from './evaluateDetector.ts';
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

/**
 * Judges images as the line would and counts what they are called: a part is the likeliest of its defect types where
 * that type's thresholds say NG. One that cannot be read or judged is a review.
 * @param thresholds instead of the model's own, of single types too
 * @returns null where the model is no classifier that judges
 * @throws ModelError `cancelled`
 */
export async function judgedTypes(
  model: Model,
  images: readonly LabelledLoader[],
  thresholds: Limits | null,
  { session, signal }: { readonly session: SessionOptions; readonly signal?: AbortSignal | undefined },
): Promise<TypeMatrix | null> {
  const card = readCard(model);
  if (!card?.classes) return null;
  const { labels, okLabels } = card.classes;
  const types = labels.filter((label) => !okLabels.includes(label));
  const limits = thresholds ?? limitsOfCard(card);
  const detector = await openDetector(model, session);
  const parts: { label: string; said: string }[] = [];
  try {
    for (const { label, load } of images) {
      checkCancelled(signal);
      const judged = await load()
        .then((picture) => detector.judge(picture))
        .catch((error: unknown) => {
          if (!(error instanceof ModelError)) throw error;
          return null;
        });
      const type = judged?.label ?? null;
      const verdict = judged ? verdictOf(judged.score, limits, type) : 'REVIEW';
      const said = verdict === 'OK' ? goodLabel : verdict === 'NG' && type !== null ? type : reviewColumn;
      parts.push({ label, said });
    }
  } finally {
    await detector.close();
  }
  return typeMatrix(parts, types);
}
