import { ModelError } from '../errors.ts';
import type { Tensor } from '../onnx/ir.ts';
import { readSafetensors, tensorsDigest, writeSafetensors } from '../patches/safetensors.ts';

/** The cut tensors of one image, by name. */
export type Activations = ReadonlyMap<string, Tensor>;

const formatName = 'kenro.activations/1';

/** @param key what the activations were computed from; see `ActivationCache` */
export function writeActivations(key: string, tensors: Activations): Uint8Array {
  return writeSafetensors({ tensors, metadata: { format: formatName, key, sha256: tensorsDigest(tensors) } });
}

/** The activations in a file, or null where it is damaged, of something else, or not from `key`. */
export function readActivations(bytes: Uint8Array, key: string): Activations | null {
  try {
    const { tensors, metadata } = readSafetensors(bytes);
    const isOurs = metadata['format'] === formatName && metadata['key'] === key;
    return isOurs && metadata['sha256'] === tensorsDigest(tensors) ? tensors : null;
  } catch (thrown) {
    if (thrown instanceof ModelError) return null;
    throw thrown;
  }
}
