import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../native-models/autodiff/differentiate.ts';
import { GraphBuilder } from '../../native-models/onnx/build.ts';
import { float32Tensor, int64Tensor } from '../../native-models/onnx/dataTypes.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import { crossEntropy } from '../../native-models/training/losses/crossEntropy.ts';
import { sharedPath } from '../support/shared.ts';
import { relativeError, runModel } from './support.ts';

interface Fixture {
  file: string;
  labels: number[];
  logits: { data: number[] };
  loss: number;
  input_grad_l2: number;
  input_grad_first: number[];
  grad_l2: Record<string, number>;
  grad_sum: Record<string, number>;
  initializers_without_gradient: string[];
}

const index = sharedPath('oracles', 'fixtures', 'index.json');
const fixtures: Fixture[] = index ? JSON.parse(readFileSync(index, 'utf8')) : [];

const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/**
 * Float32 against float64 over some 60 layers. A norm hides what cancels within a tensor, a sum shows it, relative
 * to what could have cancelled: |sum| ≤ ‖g‖·√n.
 */
const normTolerance = 2e-3;
const sumTolerance = 2e-3;

describe.skipIf(!index)('gradients of whole networks against PyTorch', () => {
  it.each(fixtures.map((each) => [each.file, each] as const))('%s', async (file, fixture) => {
    const model = await loadModelFile(sharedPath('oracles', 'fixtures', file)!);
    const g = new GraphBuilder(model);
    const labels = g.input('labels', 'int64', ['batch']);
    const loss = crossEntropy(g, 'logits', labels, 10);
    g.output(loss.loss, 'float32', []);
    const parameters = Object.keys(fixture.grad_l2);
    const derived = differentiate(g.model(), {
      seeds: loss.seeds,
      withRespectTo: ['input', ...parameters],
      outputs: ['logits', loss.loss],
    });
    const size = 2 * 3 * 64 * 64;
    const x = Float32Array.from({ length: size }, (_, i) => 0.5 + 0.5 * Math.sin(i * 0.013));
    const results = await runModel(derived.model, {
      input: float32Tensor([2, 3, 64, 64], x),
      labels: int64Tensor([2], fixture.labels),
    });
    const gradient = (name: string) => results[derived.gradients.get(name)!]!.data as Float32Array;

    expect(relativeError(results['logits']!.data as Float32Array, fixture.logits.data)).toBeLessThan(1e-3);
    expect(Math.abs(Number(results[loss.loss]!.data[0]) - fixture.loss)).toBeLessThan(1e-4);
    expect(norm(gradient('input')) / fixture.input_grad_l2).toBeCloseTo(1, 3);
    const largest = Math.max(...Object.values(fixture.grad_l2));
    for (const name of parameters) {
      const values = gradient(name);
      const reference = fixture.grad_l2[name]!;
      // Gradients that are zero in exact arithmetic (a key bias under softmax) are rounding noise here.
      const scale = Math.max(reference, 1e-6 * largest);
      expect(Math.abs(norm(values) - reference) / scale, `norm of ${name}`).toBeLessThan(normTolerance);
      const sum = values.reduce((total, value) => total + value, 0);
      const bound = scale * Math.sqrt(values.length);
      expect(Math.abs(sum - fixture.grad_sum[name]!) / bound, `sum of ${name}`).toBeLessThan(sumTolerance);
    }
  });
});
