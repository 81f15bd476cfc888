import type { Limits } from '../detectors/verdict.ts';
import type { ModelError } from '../errors.ts';
import type { Evaluation, VerdictRates } from './evaluateDetector.ts';
import type { SanityFlag } from './flags.ts';
import type { Rate } from './rates.ts';
import type { Subject } from './subject.ts';
import type { TypeMatrix } from './typeMatrix.ts';

/** The same images under one condition, in the order of the images that can be read. */
export interface MeasuredCondition extends VerdictRates {
  /** `clean`, `gaussian-noise/3` or `linf:0.0078`. */
  readonly name: string;
  readonly kind: 'clean' | 'disturbed' | 'attacked';
  /** Under attack those of the worst image found. */
  readonly scores: readonly (number | null)[];
  /** Defect type that each looks most like; null = the model names none. */
  readonly types: readonly (string | null)[];
  /** Whether the class is right: of an anomaly detector OK or NG at its threshold. */
  readonly isRight: readonly boolean[];
  readonly accuracy: Rate;
}

export interface LabelledName {
  readonly name: string;
  readonly label: string;
  readonly group: string | null;
}

export interface RobustAccuracy {
  readonly epsilon: number;
  /** Images judged right at every point of the ball that was tried, of all images. */
  readonly accuracy: Rate;
  /** How many images each attack was the first to get misjudged. `noise`: none of them did, but random noise. */
  readonly brokenBy: Readonly<Record<string, number>>;
  /**
   * Images whose verdict withstood: good parts that stay OK, and defective ones that never pass as OK. Of attacks on the
   * verdict, which a change from one defect type to another does not count for. Null without a score.
   */
  readonly verdicts: Rate | null;
}

export interface ModelEvaluation {
  readonly kind: Subject['kind'];
  readonly labels: readonly string[];
  readonly thresholds: Limits;
  /** Of undisturbed images, by their verdicts; null for a classifier without a class that means OK. */
  readonly clean: Evaluation | null;
  /** Of a classifier: what it calls the undisturbed images of each type; else null. */
  readonly types: TypeMatrix | null;
  /** Share of undisturbed images whose class is right. */
  readonly cleanAccuracy: Rate | null;
  /** By name, at severities 1 to 5. */
  readonly corruption: Readonly<Record<string, readonly Rate[]>>;
  /** Mean over corruptions and severities; null where none was asked for. */
  readonly corruptionAccuracy: number | null;
  readonly robust: readonly RobustAccuracy[];
  readonly flags: readonly SanityFlag[];
  /** Images that could be read: what the lists in `conditions` are about. */
  readonly images: readonly LabelledName[];
  readonly unreadable: readonly (LabelledName & { readonly error: ModelError })[];
  readonly conditions: readonly MeasuredCondition[];
  /** Floating-point operations of judging one image. */
  readonly flopsPerImage: number;
  /** Of the whole evaluation. */
  readonly flops: number;
}
