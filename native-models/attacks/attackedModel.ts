import { scoreOutput } from '../detectors/anomalyGraph.ts';
import type { ModelCard, Thresholds } from '../detectors/card.ts';
import { leastProbability, logitsOutput } from '../detectors/classifierGraph.ts';
import { opsetOf, reduce } from '../detectors/graphParts.ts';
import { limitsFor, type Limits } from '../detectors/verdict.ts';
import { ModelError } from '../errors.ts';
import { planesOf, type Preprocess } from '../images/preprocess.ts';
import { GraphBuilder } from '../onnx/build.ts';
import { float32Tensor, int64List } from '../onnx/dataTypes.ts';
import type { Model } from '../onnx/ir.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import { upgradeOpset } from '../onnx/passes/upgradeOpset.ts';
import type { ClassifierCard } from '../training/classifierCard.ts';
import { findHead } from '../training/head.ts';
import { pixelInput, withPixelInput } from './pixelInput.ts';
import type { AttackedModel } from './victim.ts';

/**
 * A classifier, from pixels to the logits behind its softmax.
 * @param channels of the images: 1 where all are grey
 * @throws ModelError `headUnsupported` where no linear head can be found
 */
export function attackedClassifier(
  model: Model,
  { preprocess, labels }: ClassifierCard,
  channels: 1 | 3,
): AttackedModel {
  const head = findHead(model);
  if (!head) throw new ModelError('headUnsupported', { classes: labels.length });
  const g = new GraphBuilder(upgradeOpset(extractSubgraph(model, [head.logits])));
  const logits = g.op('Flatten', [head.logits], { axis: 1 }, { name: 'kenro.logits' });
  return attacked(g, logits, head.classes, preprocess, channels);
}

/** Classes of a verdict that is attacked: 0 is OK, 1 is NG. */
export const verdictLabels = ['ok', 'ng'] as const;

/**
 * An anomaly detector as a classifier of two classes with logits 0 and asinh((score − threshold) / unit): a good part is
 * misjudged when its score reaches the threshold, a defective one when it falls below. Scores have no upper bound, and
 * a disturbed part can lie a hundred thresholds high: as the logit itself, it would drown every other part of a batch.
 */
export function attackedDetector(
  model: Model,
  { preprocess }: ModelCard,
  thresholds: Thresholds,
  channels: 1 | 3,
): AttackedModel {
  const g = new GraphBuilder(upgradeOpset(extractSubgraph(model, [scoreOutput])));
  const column = g.op('Reshape', [scoreOutput, g.constant(int64List([-1, 1]))]);
  const above = g.op('Sub', [column, g.scalar(thresholds.ng)]);
  const ng = g.op('Asinh', [g.op('Mul', [above, g.scalar(1 / unitOf(thresholds))])]);
  return attacked(g, verdictOutput(g, ng), verdictLabels.length, preprocess, channels);
}

/** Whose probabilities a classifier's score adds up, and where NG begins. */
export interface ScoredClasses {
  /** Name of each class, in the order of the logits. */
  readonly labels: readonly string[];
  readonly isOk: readonly boolean[];
  /** The logits are divided by it. */
  readonly temperature: number;
  readonly limits: Limits;
}

/**
 * A classifier that judges, from pixels to the logits of its classes.
 * @param channels of the images: 1 where all are grey
 */
export function attackedClasses(
  model: Model,
  preprocess: Preprocess,
  classes: number,
  channels: 1 | 3,
): AttackedModel {
  const g = new GraphBuilder(upgradeOpset(extractSubgraph(model, [logitsOutput])));
  const rows = g.op('Identity', [logitsOutput], {}, { name: 'kenro.classes' });
  return attacked(g, rows, classes, preprocess, channels);
}

/**
 * A classifier that judges, as `verdictModel` of its classes.
 * @param channels of the images: 1 where all are grey
 */
export function attackedJudge(
  model: Model,
  preprocess: Preprocess,
  classes: ScoredClasses,
  channels: 1 | 3,
): AttackedModel {
  return verdictModel(attackedClasses(model, preprocess, classes.labels.length, channels), classes);
}

/**
 * The verdict of a classifier as two classes with logits 0 and log(p / (1 − p)) − log(t / (1 − t)), of the probability p
 * of all classes that do not mean OK and the threshold t at which the likeliest of them is NG: what a change from one
 * defect type to another leaves alone. Log-odds have a gradient where p itself is 0 or 1 in float32. Its reading are the
 * logits of the classes.
 */
export function verdictModel(ofClasses: AttackedModel, classes: ScoredClasses): AttackedModel {
  const { labels, isOk, temperature, limits } = classes;
  const { model, logits: rows } = ofClasses;
  const g = new GraphBuilder({ ...model, graph: { ...model.graph, outputs: [] } });
  const row = (values: readonly number[]) => g.constant(float32Tensor([1, values.length], values));
  const only = (wanted: boolean) => {
    const others = row(isOk.map((means) => (means === wanted ? 0 : -beyond)));
    return g.op('Add', [g.op('Mul', [rows, g.scalar(1 / temperature)]), others]);
  };
  const [good, defective] = [only(true), only(false)];
  const total = (values: string) => reduce(g, opsetOf(model), 'ReduceLogSumExp', values, [1]);
  const type = g.op('ArgMax', [defective], { axis: 1, keepdims: 1 });
  const begins = labels.map((label) => logOdds(limitsFor(limits, label).ng));
  const threshold = g.op('Gather', [g.constant(float32Tensor([begins.length], begins)), type], { axis: 0 });
  const ng = g.op('Sub', [g.op('Sub', [total(defective), total(good)]), threshold]);
  const logits = verdictOutput(g, ng);
  g.output(logits, 'float32', ['N', verdictLabels.length]);
  g.output(rows, 'float32', ['N', labels.length]);
  return {
    ...ofClasses,
    ...{ model: extractSubgraph(g.model(), [logits, rows]), logits, classes: verdictLabels.length },
    reading: { value: rows, width: labels.length },
  };
}

/** More than any logit. */
const beyond = 1e30;

/** Finite where a threshold is 0 or 1, or lies beyond. */
export function logOdds(probability: number): number {
  const p = Math.min(1 - leastProbability, Math.max(leastProbability, probability));
  return Math.log(p / (1 - p));
}

/** @param ng logit of NG, [N, 1] */
function verdictOutput(g: GraphBuilder, ng: string): string {
  const ok = g.op('Mul', [ng, g.scalar(0)]);
  return g.op('Concat', [ok, ng], { axis: 1 }, { name: 'kenro.verdict' });
}

/** Score of an anomaly detector by its logits. @param thresholds those it was attacked with */
export function scoreByLogits([ok, ng]: Float32Array, thresholds: Thresholds): number {
  return thresholds.ng + unitOf(thresholds) * Math.sinh(ng! - ok!);
}

/** The usual good part scores about a third of the threshold, which is then two to three units away. */
function unitOf({ ng }: Thresholds): number {
  return Math.abs(ng) / 4 || 1;
}

function attacked(
  g: GraphBuilder,
  logits: string,
  classes: number,
  preprocess: Preprocess,
  channels: 1 | 3,
): AttackedModel {
  g.output(logits, 'float32', ['N', classes]);
  const whole = extractSubgraph(g.model(), [logits]);
  const planes = planesOf(preprocess) === 1 ? 1 : channels;
  const model = withPixelInput(whole, preprocess, planes);
  const { size, correction = null } = preprocess;
  return { model, input: pixelInput, logits, classes, shape: [planes, ...size], correction };
}

/**
 * How far beyond the boundary of the logits a defective part has to be driven before it passes as OK whichever type it
 * then looks like: at the boundary it is a review. In the unit of the logits, 0 without a band of review.
 */
export function reviewDepth(limits: Limits, isOfClasses: boolean): number {
  if (!isOfClasses) return Math.asinh((limits.ng - limits.review) / unitOf(limits));
  const pairs = [limits, ...Object.values(limits.byType ?? {})];
  return Math.max(...pairs.map(({ review, ng }) => logOdds(ng) - logOdds(review)));
}
