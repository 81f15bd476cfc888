import type { Preprocess } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';
import { readMetadata, withMetadata } from '../onnx/metadata.ts';

/** What a classifier says about itself; travels inside its ONNX file. */
export interface ClassifierCard {
  /** Name of each class, in the order of the logits. */
  readonly labels: readonly string[];
  readonly preprocess: Preprocess;
}

const metadataKey = 'kenro.classifier';

/** The model with the card in its metadata. */
export function withClassifierCard(model: Model, card: ClassifierCard): Model {
  return withMetadata(model, metadataKey, card);
}

/** The card of a classifier trained by Kenro, or null for any other network. */
export function readClassifierCard(model: Model): ClassifierCard | null {
  return readMetadata(model, metadataKey, isClassifierCard);
}

/** Whether a value read from a file has the form of a card. */
export function isClassifierCard(value: unknown): value is ClassifierCard {
  if (typeof value !== 'object' || value === null) return false;
  const { labels, preprocess } = value as Partial<ClassifierCard>;
  return (
    Array.isArray(labels) &&
    labels.every((label) => typeof label === 'string') &&
    Array.isArray(preprocess?.size) &&
    Array.isArray(preprocess.mean) &&
    Array.isArray(preprocess.std)
  );
}
