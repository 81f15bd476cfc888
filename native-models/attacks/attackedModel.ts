import { scoreOutput } from '../detectors/anomalyGraph.ts';
import type { ModelCard, Thresholds } from '../detectors/card.ts';
import { ModelError } from '../errors.ts';
import { planesOf, type Preprocess } from '../images/preprocess.ts';
import { GraphBuilder } from '../onnx/build.ts';
import { int64List } from '../onnx/dataTypes.ts';
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

/** Classes of an anomaly detector that is attacked: 0 is OK, 1 is NG. */
export const anomalyLabels = ['ok', 'ng'] as const;

/**
 * An anomaly detector as a classifier of two classes with logits 0 and asinh((score − threshold) / unit): a good part is
 * misjudged when its score reaches the threshold, a defective one when it falls below. Scores have no upper bound, and
 * a disturbed part can lie a hundred thresholds high: as the logit itself, it would drown every other part of a batch.
 */
export function attackedDetector(
  model: Model,
  { preprocess, thresholds }: ModelCard,
  channels: 1 | 3,
): AttackedModel {
  const g = new GraphBuilder(upgradeOpset(extractSubgraph(model, [scoreOutput])));
  const column = g.op('Reshape', [scoreOutput, g.constant(int64List([-1, 1]))]);
  const above = g.op('Sub', [column, g.scalar(thresholds.ng)]);
  const ng = g.op('Asinh', [g.op('Mul', [above, g.scalar(1 / unitOf(thresholds))])]);
  const ok = g.op('Mul', [ng, g.scalar(0)]);
  const logits = g.op('Concat', [ok, ng], { axis: 1 }, { name: 'kenro.logits' });
  return attacked(g, logits, anomalyLabels.length, preprocess, channels);
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
