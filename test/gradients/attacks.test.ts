import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apgd } from '../../native-models/attacks/apgd.ts';
import { linf } from '../../native-models/attacks/norms/linf.ts';
import { climb } from '../../native-models/attacks/pgd.ts';
import { Trial, type AttackTask } from '../../native-models/attacks/task.ts';
import { Victim } from '../../native-models/attacks/victim.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import { seededRandom } from '../../native-models/random.ts';
import { sharedPath } from '../support/shared.ts';

interface Numbers {
  dims: number[];
  data: number[];
}

/** Twice what 100 sign steps in float32 and in float64 differ by in the references themselves (9.2e-4). */
const apgdTolerance = 2e-3;
/** float32 against float64 over five steps: the references differ by 1e-6 themselves. */
const pgdTolerance = 1e-5;

async function victimOf(name: string): Promise<Victim> {
  const model = await loadModelFile(sharedPath('oracles', `${name}.onnx`)!);
  return new Victim(
    { model, input: 'input', logits: 'logits', classes: 5, shape: [3, 16, 16], correction: null },
    { threads: 1 },
  );
}

const readOracle = (name: string) => JSON.parse(readFileSync(sharedPath('oracles', `${name}.json`)!, 'utf8'));

describe.skipIf(sharedPath('oracles', 'apgd.json') === null)('APGD of PyTorch', () => {
  for (const [key, epsilon] of [
    ['runs', 4 / 255],
    ['runs_eps_1_255', 1 / 255],
  ] as const) {
    for (const loss of ['ce', 'margin'] as const) {
      it(`${loss} at ${epsilon.toFixed(4)}: best losses, and which images hold`, async () => {
        const oracle = readOracle('apgd');
        const reference = oracle[key][`${loss}/autoattack/float64`];
        const victim = await victimOf('train_a_cnn');
        const task: AttackTask = {
          victim,
          clean: Float32Array.from((oracle.x as Numbers).data),
          labels: oracle.labels.data ?? oracle.labels,
          norm: linf,
          epsilon,
          stopWhenBroken: false,
          random: seededRandom(0),
        };
        const { bestLosses, margins } = await apgd(task, { loss, randomStart: false }, new Trial(task));
        (reference.best_loss as number[]).forEach((best, i) => {
          expect(Math.abs(bestLosses[i]! - best), `image ${i}`).toBeLessThan(apgdTolerance);
        });
        expect([...margins].map((margin) => (margin < 0 ? 1 : 0))).toEqual(reference.robust);
        await victim.close();
      });
    }
  }
});

describe.skipIf(sharedPath('oracles', 'train_a_cnn.json') === null)('PGD of PyTorch', () => {
  for (const name of ['train_a_cnn', 'train_b_vit', 'train_c_dwse']) {
    it(`${name}: cross-entropy after five steps`, async () => {
      const oracle = readOracle(name);
      const victim = await victimOf(name);
      const labels: number[] = oracle.labels.data ?? oracle.labels;
      const task: AttackTask = {
        victim,
        clean: Float32Array.from(oracle.x.data),
        labels,
        norm: linf,
        epsilon: 8 / 255,
        stopWhenBroken: false,
        random: seededRandom(0),
      };
      const settings = { steps: 5, restarts: 1, stepSize: 2 / 255, start: 'clean' } as const;
      const { last } = await climb(task, settings);
      const { loss } = await victim.slope('ce', last, labels);
      (oracle.float64.pgd.ce_after as number[]).forEach((ce, i) => {
        expect(Math.abs(loss[i]! - ce), `image ${i}`).toBeLessThan(pgdTolerance);
      });
      await victim.close();
    });
  }
});
