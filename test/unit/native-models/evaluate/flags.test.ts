import { describe, expect, it } from 'vitest';
import { Victim } from '../../../../native-models/attacks/victim.ts';
import { brokenByNoise, probe } from '../../../../native-models/evaluate/flags.ts';
import { norms } from '../../../../native-models/attacks/norms/index.ts';
import { attackBatch } from '../../../../native-models/evaluate/robustness.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { linearVictim, ownTask } from '../attacks/victims.ts';

/** A linear network of two classes with something between pixels and logits that misleads gradients. */
function tricked(
  change: (g: GraphBuilder, pixels: string, logits: (from: string) => string) => string,
): Victim {
  const g = new GraphBuilder();
  const pixels = g.input('pixels', 'float32', ['N', 1, 6, 6]);
  const weights = Float32Array.from({ length: 72 }, (_, i) => (i < 36 ? 1 : -1) * (i % 3 === 0 ? 1 : -0.6));
  const w = g.initializer('w', float32Tensor([2, 36], weights));
  const linear = (from: string) => g.op('Gemm', [g.op('Flatten', [from], { axis: 1 }), w], { transB: 1 });
  g.outputAs('logits', change(g, pixels, linear), 'float32', ['N', 2]);
  const attacked = { model: g.model(), input: 'pixels', logits: 'logits', classes: 2 };
  return new Victim({ ...attacked, shape: [1, 6, 6], correction: null }, { threads: 1 });
}

const kindsOf = async (victim: Victim) => {
  const { clean, labels } = await ownTask(victim, 6, 0.1);
  const flags = await probe({ victim, clean, labels, random: seededRandom(0) });
  await victim.close();
  return flags.map(({ kind }) => kind);
};

describe('sanity flags', () => {
  it('are not raised for an honest network', async () => {
    expect(await kindsOf(linearVictim(3).victim)).toEqual([]);
  });

  it('tell softmax taken for logits', async () => {
    const victim = tricked((g, pixels, logits) => g.op('Softmax', [logits(pixels)], { axis: 1 }));
    expect(await kindsOf(victim)).toContain('probabilities');
  });

  it('tell a quantised input by its zero gradient, and that no radius harms', async () => {
    const victim = tricked((g, pixels, logits) => {
      const steps = g.op('Round', [g.op('Mul', [pixels, g.scalar(8)])]);
      return logits(g.op('Div', [steps, g.scalar(8)]));
    });
    const kinds = await kindsOf(victim);
    expect(kinds).toContain('zeroGradients');
    expect(kinds).toContain('epsilonHarmless');
  });

  it('leave aside the class that nonsense rightly belongs to', async () => {
    const victim = tricked((g, pixels, logits) =>
      g.op('Add', [
        logits(g.op('Mul', [pixels, g.scalar(0)])),
        g.constant(float32Tensor([1, 2], Float32Array.of(0, 1))),
      ]),
    );
    const { clean } = await ownTask(victim, 6, 0.1);
    const batch = { victim, clean, labels: [0, 0, 1, 1, 1, 1], random: seededRandom(0) };
    const harmless = async (strange: { strange?: number }) =>
      (await probe({ ...batch, ...strange })).find(({ kind }) => kind === 'epsilonHarmless');
    expect(await harmless({})).toMatchObject({ images: 4, of: 6 });
    expect(await harmless({ strange: 1 })).toBeUndefined();
    await victim.close();
  });

  it('tell randomised outputs', async () => {
    const victim = tricked((g, pixels, logits) => {
      const noise = g.op('RandomNormalLike', [pixels], { scale: 0.1 });
      return logits(g.op('Add', [pixels, noise]));
    });
    expect(await kindsOf(victim)).toContain('randomised');
  });

  it('tell that Square, or noise, found what a masked gradient hid', async () => {
    const masked = () =>
      tricked((g, pixels, logits) =>
        logits(g.op('Div', [g.op('Round', [g.op('Mul', [pixels, g.scalar(64)])]), g.scalar(64)])),
      );
    const victim = masked();
    const { clean, labels } = await ownTask(victim, 8, 0);
    const batch = { victim, clean, labels, random: seededRandom(3) };
    const steps = { square: 300 };
    const plan = { norm: 'linf', epsilons: [0.2], steps } as const;
    const [withSquare] = await attackBatch(batch, { ...plan, attacks: ['pgd', 'square'] });
    expect(withSquare!.brokenBy.filter((name) => name === 'square').length).toBeGreaterThan(0);
    const noisy = await brokenByNoise(batch, [...labels.keys()], norms.linf, 0.9);
    expect(noisy.size).toBeGreaterThan(0);
    const [withNoise] = await attackBatch(batch, { ...plan, epsilons: [0.9], attacks: ['fgsm'] });
    expect(withNoise!.onlyNoise).toBeGreaterThan(0);
    await victim.close();
  });
});
