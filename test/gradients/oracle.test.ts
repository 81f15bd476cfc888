import { describe, expect, it } from 'vitest';
import { differentiateCase, oracleCases, toleranceOf } from './oracles.ts';
import { relativeError, runModel } from './support.ts';

describe.skipIf(oracleCases.length === 0)('gradients against the PyTorch reference vectors', () => {
  it.each(oracleCases.map((each) => [each.name, each] as const))('%s', async (_, oracle) => {
    const { derived, feeds, wanted } = differentiateCase(oracle);
    const results = await runModel(derived.model, feeds);
    expect(wanted.length).toBeGreaterThan(0);
    for (const name of wanted) {
      const reference = oracle.gradients[name]!;
      const result = results[derived.gradients.get(name)!]!;
      expect(result.dims, `shape of the gradient of ${name}`).toEqual(reference.dims);
      const error = relativeError(result.data as Float32Array, reference.data);
      expect(error, `relative error of the gradient of ${name}`).toBeLessThan(
        toleranceOf(reference.data.length),
      );
    }
  });
});
