import type { Preprocess } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';

/** What a classifier says about itself; travels inside its ONNX file. */
export interface ClassifierCard {
  /** Name of each class, in the order of the logits. */
  readonly labels: readonly string[];
  readonly preprocess: Preprocess;
}

const metadataKey = 'kenro.classifier';

/** The model with the card in its metadata. */
export function withClassifierCard(model: Model, card: ClassifierCard): Model {
  return { ...model, metadata: new Map([...model.metadata, [metadataKey, JSON.stringify(card)]]) };
}

/** The card of a classifier trained by Kenro, or null for any other network. */
export function readClassifierCard(model: Model): ClassifierCard | null {
  const text = model.metadata.get(metadataKey);
  if (text === undefined) return null;
  try {
    const card: unknown = JSON.parse(text);
    return isClassifierCard(card) ? card : null;
  } catch {
    return null;
  }
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
