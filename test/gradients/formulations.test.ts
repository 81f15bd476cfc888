import { describe, expect, it } from 'vitest';
import type { Formulations } from '../../native-models/autodiff/formulations.ts';
import { seededRandom } from '../../native-models/random.ts';
import { differenceTolerance, directionalError } from './differences.ts';
import { draws } from './draws.ts';
import { differentiateCase, oracleCases, toleranceOf } from './oracles.ts';
import { relativeError, runModel } from './support.ts';

/** Every way of writing a gradient that any rule offers. */
const ways: Readonly<Record<string, readonly string[]>> = {
  Conv: [
    'adjoint',
    'flipped',
    'phases',
    'shifted',
    'rows',
    'product',
    'columns',
    'strips',
    'planes',
    'samples',
    'images',
    'convolution',
  ],
  ConvTranspose: [
    'shifted',
    'rows',
    'product',
    'columns',
    'strips',
    'planes',
    'samples',
    'images',
    'convolution',
  ],
  MaxPool: ['windows', 'indices'],
};
const pairs = Object.entries(ways).flatMap(([op, names]) => names.map((way) => [op, way] as const));
/** So many draws that each way applies to some of them. */
const drawsPerWay = 48;

/** Takes `way` wherever it applies, and counts how often that is. */
function forced(way: string): Formulations & { readonly offered: Set<string>; taken: number } {
  return {
    offered: new Set(),
    taken: 0,
    choose({ candidates, usual }) {
      for (const candidate of candidates) this.offered.add(candidate);
      if (!candidates.includes(way)) return usual;
      this.taken += 1;
      return way;
    },
  };
}

describe('every formulation of a gradient', () => {
  it.each(pairs)('%s by %s agrees with central differences', async (op, way) => {
    const formulations = forced(way);
    for (let i = 0; i < drawsPerWay; i++) {
      const random = seededRandom(2).fork(`${op}/${i}`);
      const draw = draws[op]!(random);
      const error = await directionalError(op, draw, random, formulations);
      const shapes = draw.inputs.map((input) => input?.dims.join('×') ?? '–').join(', ');
      expect(error, `draw ${i}: ${shapes} ${JSON.stringify(draw.attributes ?? {})}`).toBeLessThan(
        differenceTolerance,
      );
    }
    expect([...formulations.offered].filter((each) => !ways[op]!.includes(each))).toEqual([]);
    expect(formulations.taken).toBeGreaterThan(0);
  });

  it.skipIf(oracleCases.length === 0).each(pairs)(
    '%s agrees with the reference vectors, by %s where it applies',
    async (op, way) => {
      const formulations = forced(way);
      for (const oracle of oracleCases.filter((each) => each.op === op)) {
        const { derived, feeds, wanted } = differentiateCase(oracle, formulations);
        const results = await runModel(derived.model, feeds);
        for (const name of wanted) {
          const reference = oracle.gradients[name]!;
          const error = relativeError(
            results[derived.gradients.get(name)!]!.data as Float32Array,
            reference.data,
          );
          expect(error, `${oracle.name}, ${name}`).toBeLessThan(toleranceOf(reference.data.length));
        }
      }
    },
  );
});
