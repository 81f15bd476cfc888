import type { Preprocess } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';
import { readMetadata, withMetadata } from '../onnx/metadata.ts';

/** What a feature extractor says about itself; travels inside its ONNX file. */
export interface BackboneCard {
  /** How the pictures became its input when it was trained. */
  readonly preprocess: Preprocess;
}

const metadataKey = 'kenro.backbone';

/** The model with the card in its metadata. */
export function withBackboneCard(model: Model, card: BackboneCard): Model {
  return withMetadata(model, metadataKey, card);
}

/** The card of a backbone made by Kenro, or null for any other network. */
export function readBackboneCard(model: Model): BackboneCard | null {
  return readMetadata(model, metadataKey, isBackboneCard);
}

function isBackboneCard(value: unknown): value is BackboneCard {
  if (typeof value !== 'object' || value === null) return false;
  const { preprocess } = value as Partial<BackboneCard>;
  return Array.isArray(preprocess?.size) && Array.isArray(preprocess.mean) && Array.isArray(preprocess.std);
}
