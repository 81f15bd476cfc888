import type { Model, Tensor } from '../onnx/ir.ts';
import { writeModel } from '../onnx/write.ts';
import { floatsOf, openSession, type SessionOptions } from '../runtime/session.ts';
import { checkCancelled } from './cancel.ts';
import { readBatches, stretchesOf } from './batches.ts';
import type { LabelledSet } from './labelledSet.ts';
import { crossEntropyOf, largest } from './logits.ts';

export interface Measured {
  /** Mean cross-entropy. */
  readonly loss: number;
  /** Share of samples whose largest logit is that of their label, 0..1. */
  readonly accuracy: number;
  /** Class with the largest logit, by sample. */
  readonly predicted: Int32Array;
}

export interface MeasureOptions {
  /** Output with the logits. */
  readonly logits: string;
  readonly classes: number;
  readonly batch: number;
  readonly session: SessionOptions;
  readonly signal?: AbortSignal | undefined;
  /** Told what each run was fed. */
  readonly onRun?: (feeds: Readonly<Record<string, Tensor>>) => void;
  readonly onProgress?: (done: number) => void;
}

/** Runs a classifier over a set. @throws ModelError `cancelled`, and as `readBatches` */
export async function measureClassifier(
  model: Model,
  set: LabelledSet,
  options: MeasureOptions,
): Promise<Measured> {
  const { logits, classes } = options;
  const session = await openSession(writeModel(model), options.session);
  const predicted = new Int32Array(set.labels.length);
  let loss = 0;
  let right = 0;
  try {
    const order = Array.from(set.labels, (_, index) => index);
    const stretches = stretchesOf(0, order.length, options.batch);
    for await (const { indices, feeds } of readBatches(set, order, stretches, null)) {
      checkCancelled(options.signal);
      const outputs = await session.run(feeds, [logits]);
      const rows = floatsOf(outputs, logits);
      indices.forEach((index, row) => {
        const own = rows.subarray(row * classes, (row + 1) * classes);
        const label = set.labels[index]!;
        loss += crossEntropyOf(own, label);
        predicted[index] = largest(own);
        if (predicted[index] === label) right += 1;
      });
      options.onRun?.(feeds);
      options.onProgress?.(indices.at(-1)! + 1);
    }
  } finally {
    await session.dispose();
  }
  const count = Math.max(1, set.labels.length);
  return { loss: loss / count, accuracy: right / count, predicted };
}
