import type { Preprocess } from '../images/preprocess.ts';
import { loadModelFile } from '../onnx/files.ts';
import type { Model } from '../onnx/ir.ts';
import { readClassifierCard } from '../training/classifierCard.ts';
import { readBackboneCard } from './backboneCard.ts';
import { prepareClassifier } from './classifierGraph.ts';
import { describeNetwork, type NetworkDescription } from './describe.ts';
import { parseLabels } from './labels.ts';

export type ClassifierDescription = Pick<
  NetworkDescription,
  'path' | 'sha256' | 'bytes' | 'producer' | 'opset' | 'inputShape' | 'suggestedPreprocess'
> & {
  readonly classes: number;
  /** From its metadata, in the order of the output; null where it does not name every class. */
  readonly labels: readonly string[] | null;
};

/**
 * Reads any ONNX file and says which classes it tells apart.
 * @throws ModelError as `describeNetwork` and `prepareClassifier`
 */
export async function describeClassifier(path: string): Promise<ClassifierDescription> {
  const described = await describeNetwork(path);
  const { sha256, bytes, producer, opset, inputShape } = described;
  const model = await loadModelFile(path);
  const isOwn = readClassifierCard(model) !== null || readBackboneCard(model) !== null;
  // Nobody else brings images to the same brightness before training.
  const suggestedPreprocess: Preprocess = isOwn
    ? described.suggestedPreprocess
    : { ...described.suggestedPreprocess, normalise: 'none' };
  const { classes } = prepareClassifier(model, suggestedPreprocess);
  const labels = labelsIn(model, classes);
  return { path, sha256, bytes, producer, opset, inputShape, suggestedPreprocess, classes, labels };
}

/** Kenro's own card, else what exporters write: Ultralytics `names`, Hugging Face `id2label`, and the like. */
const metadataKeys = ['names', 'id2label', 'labels', 'classes', 'class_names', 'class_labels'];

function labelsIn(model: Model, classes: number): readonly string[] | null {
  const card = readClassifierCard(model);
  if (card?.labels.length === classes) return card.labels;
  const found = metadataKeys.flatMap((key) => {
    const text = model.metadata.get(key);
    return text === undefined ? [] : [parseLabels(text)];
  });
  return found.find((labels) => labels.length === classes) ?? null;
}
