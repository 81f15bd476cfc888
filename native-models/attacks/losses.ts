import type { GraphBuilder } from '../onnx/build.ts';
import { crossEntropyTerms, oneHotOf } from '../training/losses/crossEntropy.ts';
import { differenceTerms, marginTerms } from '../training/losses/margin.ts';
import { divergenceTerms } from '../training/losses/divergence.ts';
import { ints, ones } from '../training/losses/loss.ts';

/** What an attack drives up; see `attackLosses`. */
export type AttackLossName = 'ce' | 'margin' | 'kl' | 'dlr' | 'dlr-targeted' | 'difference';

/** Names of the values that a loss is written from. */
export interface AttackLossInputs {
  /** float32 [N,K] */
  readonly logits: string;
  /** True class, int64 [N]. */
  readonly labels: string;
  /** What else the loss reads: class to reach, int64 [N], or logits to keep away from, float32 [N, K]; '' = nothing. */
  readonly beside: string;
  readonly classes: number;
}

export interface AttackLoss {
  readonly reads: 'targets' | 'reference' | null;
  /** Fewest classes for which the loss is defined. */
  readonly minimumClasses: number;
  /** Writes the loss of each image, [N]. `seeds`: value → gradient of the sum of the losses with respect to it. */
  readonly write: (
    g: GraphBuilder,
    inputs: AttackLossInputs,
  ) => { readonly perSample: string; readonly seeds: ReadonlyMap<string, string> };
}

/** Keeps the quotient of a DLR loss finite where logits coincide, as its authors have it. */
const tiny = 1e-12;

export const attackLosses: Readonly<Record<AttackLossName, AttackLoss>> = {
  /** Cross-entropy in the form that keeps its gradient in float32 (method.md, section 1). */
  ce: {
    reads: null,
    minimumClasses: 2,
    write: (g, { logits, labels, classes }) => {
      const { perSample, gradient } = crossEntropyTerms(g, logits, labels, classes);
      return { perSample, seeds: new Map([[logits, gradient]]) };
    },
  },
  /** max_{j≠y} z_j − z_y: above 0 when the image is misjudged. */
  margin: {
    reads: null,
    minimumClasses: 2,
    write: (g, { logits, labels, classes }) => {
      const { perSample, gradient } = marginTerms(g, logits, labels, classes);
      return { perSample, seeds: new Map([[logits, gradient]]) };
    },
  },
  /** KL divergence of the softmax from that of reference logits (TRADES; Zhang et al., arXiv 1901.08573). */
  kl: {
    reads: 'reference',
    minimumClasses: 2,
    write: (g, { logits, beside }) => {
      const { perSample, gradient } = divergenceTerms(g, beside, logits);
      return { perSample, seeds: new Map([[logits, gradient]]) };
    },
  },
  /** z_t − z_y for a stated class t. */
  difference: {
    reads: 'targets',
    minimumClasses: 2,
    write: (g, inputs) => {
      const { perSample, gradient } = towardTarget(g, inputs);
      return { perSample, seeds: new Map([[inputs.logits, gradient]]) };
    },
  },
  /** Difference of logits ratio (Croce & Hein, arXiv 2003.01690, equation 6), which no scaling of the logits changes. */
  dlr: {
    reads: null,
    minimumClasses: 3,
    write: (g, { logits, labels, classes }) => {
      const { perSample: margins } = marginTerms(g, logits, labels, classes);
      const [first, , third] = largest(g, logits, 3);
      return quotient(g, margins, g.op('Sub', [first!, third!]));
    },
  },
  /** Targeted DLR (same, equation 7). */
  'dlr-targeted': {
    reads: 'targets',
    minimumClasses: 4,
    write: (g, inputs) => {
      const { perSample: differences } = towardTarget(g, inputs);
      const [first, , third, fourth] = largest(g, inputs.logits, 4);
      const middle = g.op('Mul', [g.op('Add', [third!, fourth!]), g.scalar(0.5)]);
      return quotient(g, differences, g.op('Sub', [first!, middle]));
    },
  },
};

function towardTarget(g: GraphBuilder, { logits, labels, beside, classes }: AttackLossInputs) {
  const direction = g.op('Sub', [oneHotOf(g, beside, classes), oneHotOf(g, labels, classes)]);
  return differenceTerms(g, logits, direction);
}

/** The `count` largest logits of each image, largest first, [N] each. */
function largest(g: GraphBuilder, logits: string, count: number): readonly string[] {
  const [values] = g.ops('TopK', [logits, ints(g, [count])], 2, { axis: 1 });
  return Array.from({ length: count }, (_, rank) => {
    const one = g.op('Slice', [values!, ints(g, [rank]), ints(g, [rank + 1]), ints(g, [1])]);
    return g.op('Squeeze', [one, ints(g, [1])]);
  });
}

function quotient(g: GraphBuilder, numerator: string, denominator: string) {
  const perSample = g.op('Div', [numerator, g.op('Add', [denominator, g.scalar(tiny)])]);
  return { perSample, seeds: new Map([[perSample, ones(g, perSample)]]) };
}
