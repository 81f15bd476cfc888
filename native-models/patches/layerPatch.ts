import { readCard, withCard } from '../detectors/card.ts';
import { ModelError } from '../errors.ts';
import { normalisations, type Preprocess } from '../images/preprocess.ts';
import type { Model, Tensor } from '../onnx/ir.ts';
import { isClassifierCard, withClassifierCard, type ClassifierCard } from '../training/classifierCard.ts';
import { withHead } from '../training/head.ts';
import { readSafetensors, tensorsDigest, writeSafetensors } from './safetensors.ts';

/**
 * The tensors by which a trained model differs from its base, with what is needed to audit them. Names are the
 * exporter's initializer names, so that the file also loads into a PyTorch state_dict.
 */
export interface LayerPatch {
  /** SHA-256 of the base model's file, hex. */
  readonly base: string;
  /** Of a classifier: what its head must be made for before the tensors fit; see `withHead`. */
  readonly classifier?: ClassifierCard;
  /** Of a detector: how it evens out the light, where its base does not do so; see `Preprocess`. */
  readonly normalise?: Preprocess['normalise'];
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** How it was trained, and what came out; JSON-serialisable. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly metrics: Readonly<Record<string, unknown>>;
}

const formatName = 'kenro.layer-patch/1';

/** The initializers of `trained` that are not those of `base`, bit for bit. */
export function changedTensors(base: Model, trained: Model): Map<string, Tensor> {
  const changed = new Map<string, Tensor>();
  for (const [name, tensor] of trained.graph.initializers) {
    const before = base.graph.initializers.get(name);
    if (!before || !isSame(before, tensor)) changed.set(name, tensor);
  }
  return changed;
}

/** Writes a patch as a safetensors file. */
export function writeLayerPatch(patch: LayerPatch): Uint8Array {
  return writeSafetensors({
    tensors: patch.tensors,
    metadata: {
      format: formatName,
      base: patch.base,
      sha256: tensorsDigest(patch.tensors),
      ...(patch.classifier ? { classifier: JSON.stringify(patch.classifier) } : {}),
      ...(patch.normalise ? { normalise: patch.normalise } : {}),
      settings: JSON.stringify(patch.settings),
      metrics: JSON.stringify(patch.metrics),
    },
  });
}

/** @throws ModelError `modelUnreadable` for a damaged file or one that is no layer patch */
export function readLayerPatch(bytes: Uint8Array): LayerPatch {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata['format'] !== formatName || !/^[0-9a-f]{64}$/.test(metadata['base'] ?? '')) {
    throw new ModelError('modelUnreadable', { reason: 'not a layer patch' });
  }
  if (metadata['sha256'] !== tensorsDigest(tensors)) {
    throw new ModelError('modelUnreadable', { reason: 'the tensors of the patch were changed' });
  }
  const parse = (name: string) => parseRecord(metadata[name], name);
  const classifier = metadata['classifier'] === undefined ? undefined : parse('classifier');
  if (classifier !== undefined && !isClassifierCard(classifier)) {
    throw new ModelError('modelUnreadable', { reason: "the patch's classifier is not described properly" });
  }
  const normalise = normalisations.find((each) => each === metadata['normalise']);
  if (metadata['normalise'] !== undefined && !normalise) {
    throw new ModelError('modelUnreadable', { reason: 'the patch evens out the light in an unknown way' });
  }
  return {
    base: metadata['base']!,
    ...(classifier ? { classifier } : {}),
    ...(normalise ? { normalise } : {}),
    tensors,
    settings: parse('settings'),
    metrics: parse('metrics'),
  };
}

/**
 * The base model with the patch's tensors. Taking a patch off again is going back to the base, which never changes.
 * @param baseSha256 of the file `base` was read from
 * @throws ModelError `patchBaseMismatch` for a patch made for another model, `patchTensorMismatch` for a tensor that
 *   the model does not have in this shape
 */
export function applyLayerPatch(base: Model, baseSha256: string, patch: LayerPatch): Model {
  if (patch.base !== baseSha256) {
    throw new ModelError('patchBaseMismatch', { base: patch.base, model: baseSha256 });
  }
  const prepared = preparedFor(base, patch);
  const initializers = new Map(prepared.graph.initializers);
  for (const [name, tensor] of patch.tensors) {
    const before = initializers.get(name);
    if (!before || before.dtype !== tensor.dtype || before.dims.join() !== tensor.dims.join()) {
      throw new ModelError('patchTensorMismatch', { tensor: name });
    }
    initializers.set(name, tensor);
  }
  return { ...prepared, graph: { ...prepared.graph, initializers } };
}

/** The base as its card and its head must be before the tensors fit. */
function preparedFor(base: Model, { classifier, normalise }: LayerPatch): Model {
  if (classifier) return withClassifierCard(withHead(base, classifier.labels.length).model, classifier);
  const card = normalise && readCard(base);
  return card ? withCard(base, { ...card, preprocess: { ...card.preprocess, normalise } }) : base;
}

/** Whether every tensor of the patch is in the model, bit for bit: it was applied. */
export function holdsLayerPatch(model: Model, patch: LayerPatch): boolean {
  return [...patch.tensors].every(([name, tensor]) => {
    const own = model.graph.initializers.get(name);
    return own !== undefined && isSame(own, tensor);
  });
}

function parseRecord(text: string | undefined, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Said below, in our own words.
  }
  throw new ModelError('modelUnreadable', { reason: `the patch's ${name} are not JSON` });
}

function isSame(a: Tensor, b: Tensor): boolean {
  const bytes = ({ data }: Tensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return a.dtype === b.dtype && a.dims.join() === b.dims.join() && bytes(a).equals(bytes(b));
}
