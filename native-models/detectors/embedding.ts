import { GraphBuilder } from '../onnx/build.ts';
import type { Model, Tensor } from '../onnx/ir.ts';
import { allFinite } from '../runtime/finite.ts';
import { floatsOf } from '../runtime/session.ts';
import { seededRandom } from '../random.ts';
import type { ModelCard } from './card.ts';
import { logitsOutput } from './classifierGraph.ts';

/** Output that `withEmbedding` adds: float32 [1, channels]. */
const pooledOutput = 'kenro_embedding';

/** Numbers of an embedding at most. */
export const embeddingSize = 16;

/**
 * The network with one more output, the mean over the picture of each tensor that its features are read off: one
 * addition a value that is computed anyway. A classifier is left as it is; its logits tell as much.
 */
export function withEmbedding(model: Model, { kind, features }: ModelCard): Model {
  if (kind === 'classifier' || features.length === 0) return model;
  const g = new GraphBuilder(model);
  // Of all ways to a mean the one that the processor computes in the layout of its convolutions.
  const pooled = features.map((name) => g.op('Flatten', [g.op('GlobalAveragePool', [name])], { axis: 1 }));
  g.outputAs(pooledOutput, pooled.length === 1 ? pooled[0]! : g.op('Concat', pooled, { axis: 1 }), 'float32');
  return g.model();
}

/**
 * How the network sees one picture, in few numbers: what it was asked for by `withEmbedding`, or its logits, under a fixed
 * random projection where there are more (Achlioptas, J. Comput. Syst. Sci. 2003): distances between pictures stay about
 * what they were.
 * @returns up to `embeddingSize` numbers of 32 bits; null where the network tells neither, or no number
 */
export function embeddingOf(results: Readonly<Record<string, Tensor>>): number[] | null {
  const name = [pooledOutput, logitsOutput].find((each) => results[each] !== undefined);
  if (name === undefined) return null;
  const values = floatsOf(results, name);
  if (!allFinite(values)) return null;
  return values.length <= embeddingSize ? [...values] : projected(values);
}

function projected(values: Float32Array): number[] {
  const signs = signsOf(values.length);
  return Array.from({ length: embeddingSize }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]! * signs[at * values.length + i]!;
    return Math.fround(sum / Math.sqrt(values.length));
  });
}

const knownSigns = new Map<number, Int8Array>();

/** int8 [embeddingSize, length], each 1 or −1: the same for all time, since embeddings are kept. */
function signsOf(length: number): Int8Array {
  let signs = knownSigns.get(length);
  if (signs === undefined) {
    const random = seededRandom(length);
    signs = Int8Array.from({ length: embeddingSize * length }, () => (random.integer(2) === 0 ? -1 : 1));
    knownSigns.set(length, signs);
  }
  return signs;
}
