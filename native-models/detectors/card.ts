import type { Preprocess } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';
import { readMetadata, withMetadata } from '../onnx/metadata.ts';
import type { CorrectionRecord } from './correctionRecord.ts';

/** OK below `review`, NG from `ng` up, review between. */
export interface Thresholds {
  readonly review: number;
  readonly ng: number;
}

/** The classes of a classifier. */
export interface Classes {
  /** Name of each class, in the order of the logits. */
  readonly labels: readonly string[];
  /** Those of them that mean OK. */
  readonly okLabels: readonly string[];
  /** The logits are divided by it; 1 = as they are. */
  readonly temperature: number;
  /** Of single defect types; the others are judged by those of the detector. */
  readonly thresholdsByLabel?: Readonly<Record<string, Thresholds>>;
}

/** What a detector says about itself; travels inside its ONNX file. */
export interface ModelCard {
  readonly kind: 'anomaly' | 'classifier';
  readonly preprocess: Preprocess;
  readonly thresholds: Thresholds;
  /** 95 % confidence interval of the score that 99 % of good parts stay below. */
  readonly thresholdInterval: readonly [number, number] | null;
  readonly backbone: string;
  readonly features: readonly string[];
  readonly goodImages: number;
  readonly ngImages: number;
  /** Entries of the memory; 0 of a classifier. */
  readonly memory: number;
  readonly seed: number;
  /** Of a classifier. */
  readonly classes?: Classes;
  /** Of a classifier: operator that keeps it from giving a heatmap. */
  readonly mapLacks?: string;
  /** Why its preprocessing corrects position and light, or does not; absent = nobody asked. */
  readonly correction?: CorrectionRecord;
}

const metadataKey = 'kenro.card';

/** The model with the card in its metadata. */
export function withCard(model: Model, card: ModelCard): Model {
  return withMetadata(model, metadataKey, card);
}

/** The card of a detector made by Kenro, or null for any other network. */
export function readCard(model: Model): ModelCard | null {
  return readMetadata(model, metadataKey, isCard);
}

function isCard(value: unknown): value is ModelCard {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, preprocess, thresholds, features, classes } = value as Partial<ModelCard>;
  return (
    (kind === 'anomaly' || (kind === 'classifier' && areClasses(classes))) &&
    Array.isArray(preprocess?.size) &&
    Number.isFinite(thresholds?.review) &&
    Number.isFinite(thresholds?.ng) &&
    Array.isArray(features)
  );
}

function areClasses(value: Partial<Classes> | undefined): boolean {
  const { labels, okLabels, temperature } = value ?? {};
  return (
    Array.isArray(labels) &&
    Array.isArray(okLabels) &&
    okLabels.some((label) => labels.includes(label)) &&
    Number.isFinite(temperature)
  );
}
