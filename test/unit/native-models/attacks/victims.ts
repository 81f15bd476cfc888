import { linf } from '../../../../native-models/attacks/norms/linf.ts';
import type { AttackTask } from '../../../../native-models/attacks/task.ts';
import { Victim } from '../../../../native-models/attacks/victim.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import { extractSubgraph } from '../../../../native-models/onnx/passes/extractSubgraph.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { findHead } from '../../../../native-models/training/head.ts';
import { smallClassifier } from '../../../support/smallClassifier.ts';

const session = { threads: 1 };

export interface LinearVictim {
  readonly victim: Victim;
  /** [K, C·H·W] */
  readonly weights: Float32Array;
}

/** Logits are a linear function of the pixels, so that every smallest change is known exactly. */
export function linearVictim(
  classes: number,
  shape: readonly [number, number, number] = [1, 6, 6],
): LinearVictim {
  const length = shape[0] * shape[1] * shape[2];
  const random = seededRandom(3);
  const weights = Float32Array.from({ length: classes * length }, () => random.normal());
  const g = new GraphBuilder();
  const flat = g.op('Flatten', [g.input('pixels', 'float32', ['N', ...shape])], { axis: 1 });
  const matrix = g.initializer('w', float32Tensor([classes, length], weights));
  g.outputAs('logits', g.op('Gemm', [flat, matrix], { transB: 1 }), 'float32', ['N', classes]);
  const attacked = { model: g.model(), input: 'pixels', logits: 'logits', classes, shape, correction: null };
  return { victim: new Victim(attacked, session), weights };
}

/** A small convolutional network with random weights on grey images. */
export function smallVictim(classes: number, side = 16): Victim {
  const model = smallClassifier({ side, channels: [6, 8], classes, random: seededRandom(4) });
  const { logits } = findHead(model)!;
  const attacked = { model: extractSubgraph(model, [logits]), input: 'image', logits, classes };
  return new Victim({ ...attacked, shape: [1, side, side], correction: null }, session);
}

/** Images away from the borders of [0, 1], labelled with what the network says of them. */
export async function ownTask(victim: Victim, count: number, epsilon: number): Promise<AttackTask> {
  const random = seededRandom(9);
  const clean = Float32Array.from({ length: count * victim.length }, () => 0.3 + 0.4 * random.uniform());
  const logits = await victim.logits(clean);
  const labels = Array.from({ length: count }, (_, row) => {
    const own = logits.subarray(row * victim.classes, (row + 1) * victim.classes);
    return own.indexOf(Math.max(...own));
  });
  return { victim, clean, labels, norm: linf, epsilon, random: seededRandom(1) };
}
