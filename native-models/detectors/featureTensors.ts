import type { Node } from '../onnx/ir.ts';

/** A 4-D tensor inside a network. */
export interface FeatureTensor {
  readonly name: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Input pixels per cell. */
  readonly stride: number;
  /** The file lists it as an output already. */
  readonly isOutput: boolean;
}

/** Patches of about this many pixels: small enough to show where, deep enough to know what. */
const usualStride = 16;

/**
 * Features to teach on when nobody says otherwise: all that the file itself puts out at strides 8 to 16, for
 * whoever exported it meant them to be used; else the last tensor at stride 16 (or the nearest stride there is),
 * a sum of a residual block before others.
 * @returns empty when the network has no feature tensor at all
 */
export function suggestFeatures(
  features: readonly FeatureTensor[],
  nodes: readonly Node[],
): readonly string[] {
  const offered = features.filter(({ isOutput, stride }) => isOutput && stride >= 8 && stride <= usualStride);
  if (offered.length > 0) return offered.map(({ name }) => name);
  const distance = ({ stride }: FeatureTensor) => Math.abs(Math.log2(stride / usualStride));
  const nearest = Math.min(...features.map(distance));
  const candidates = features.filter((feature) => distance(feature) < nearest + 0.1);
  const sums = new Set(nodes.filter(({ op }) => op === 'Add').flatMap(({ outputs }) => outputs));
  const best = candidates.findLast(({ name }) => sums.has(name)) ?? candidates.at(-1);
  return best ? [best.name] : [];
}
