import { inputTensor } from '../images/inputTensor.ts';
import type { Preprocess } from '../images/preprocess.ts';
import type { Picture } from '../images/picture.ts';
import type { Model, Tensor } from '../onnx/ir.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import { writeModel } from '../onnx/write.ts';
import { openSession, type Session, type SessionOptions } from '../runtime/session.ts';
import { checkCancelled } from '../training/cancel.ts';
import { addGram } from './cka.ts';

const usualHeldBytes = 256 * 1024 * 1024;

export interface ActivationOptions {
  readonly session: SessionOptions;
  /** Of activations at one time, of both models together; default 256 MB. */
  readonly heldBytes?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Some of the elements of one value. */
interface Piece {
  readonly value: string;
  readonly from: number;
  readonly to: number;
}

/** Gram matrices of one value in both models, float64 [n, n]. */
export type GramPair = readonly [Float64Array, Float64Array];

/**
 * Runs two models of one architecture on the same pictures and multiplies what each value says of them, pair by pair.
 * Values too large to be held for all pictures are taken in pieces, each with a run of its own: the products add up.
 * @param values float32; one of another type is left out
 * @returns by value
 * @throws ModelError as `openSession`, `cancelled`
 */
export async function activationGrams(
  models: readonly [Model, Model],
  values: readonly string[],
  spec: Preprocess,
  pictures: readonly Picture[],
  { session, signal, onProgress, heldBytes = usualHeldBytes }: ActivationOptions,
): Promise<Map<string, GramPair>> {
  const n = pictures.length;
  const grams = new Map<string, GramPair>();
  if (n === 0 || values.length === 0) return grams;
  const opened: Session[] = [];
  try {
    for (const model of models) {
      opened.push(await openSession(writeModel(extractSubgraph(model, values)), session));
    }
    const run = (one: Session, at: number, fetch: readonly string[]) =>
      one.run({ [one.inputs[0]!.name]: inputTensor(pictures[at]!, spec) }, fetch);
    const sizes = sizesOf(await run(opened[0]!, 0, values), values);
    const passes = passesOf(sizes, heldBytes / (models.length * n * Float32Array.BYTES_PER_ELEMENT));
    for (const [turn, pieces] of passes.entries()) {
      const fetch = [...new Set(pieces.map(({ value }) => value))];
      const held = models.map(() => pieces.map(({ from, to }) => new Float32Array(n * (to - from))));
      for (let at = 0; at < n; at++) {
        checkCancelled(signal);
        for (const [which, one] of opened.entries()) {
          const results = await run(one, at, fetch);
          pieces.forEach(({ value, from, to }, piece) => {
            const data = results[value]!.data as Float32Array;
            held[which]![piece]!.set(data.subarray(from, to), at * (to - from));
          });
        }
        onProgress?.(turn * n + at + 1, passes.length * n);
      }
      pieces.forEach(({ value }, piece) => {
        const pair = grams.get(value) ?? [new Float64Array(n * n), new Float64Array(n * n)];
        grams.set(value, pair);
        pair.forEach((gram, which) => addGram(held[which]![piece]!, n, gram));
      });
    }
  } finally {
    for (const one of opened) await one.dispose();
  }
  return grams;
}

function sizesOf(
  results: Readonly<Record<string, Tensor>>,
  values: readonly string[],
): [value: string, size: number][] {
  return values.flatMap((value): [string, number][] => {
    const { dtype, data } = results[value]!;
    return dtype === 'float32' ? [[value, data.length]] : [];
  });
}

/** Packs values into as few runs as hold them, in their order. @param room elements held in one run */
function passesOf(sizes: readonly [value: string, size: number][], room: number): Piece[][] {
  const most = Math.max(1, Math.floor(room));
  const passes: Piece[][] = [];
  let left = 0;
  for (const [value, size] of sizes) {
    for (let from = 0; from < size;) {
      if (left === 0) {
        passes.push([]);
        left = most;
      }
      const to = Math.min(size, from + left);
      passes.at(-1)!.push({ value, from, to });
      left -= to - from;
      from = to;
    }
  }
  return passes;
}
