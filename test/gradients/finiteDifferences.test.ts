import { describe, expect, it } from 'vitest';
import { rules } from '../../native-models/autodiff/rules.ts';
import { seededRandom } from '../../native-models/random.ts';
import { directionalError, differenceTolerance } from './differences.ts';
import { draws } from './draws.ts';

const drawsPerOperator = 6;

describe('gradients against central differences, shapes and attributes drawn at random', () => {
  it('every rule has a drawing', () => {
    expect(Object.keys(draws).sort()).toEqual([...rules.keys()].sort());
  });

  it.each(Object.keys(draws))('%s', async (op) => {
    for (let i = 0; i < drawsPerOperator; i++) {
      const random = seededRandom(1).fork(`${op}/${i}`);
      const draw = draws[op]!(random);
      const error = await directionalError(op, draw, random);
      const shapes = draw.inputs.map((input) => input?.dims.join('×') ?? '–').join(', ');
      expect(error, `draw ${i}: ${shapes} ${JSON.stringify(draw.attributes ?? {})}`).toBeLessThan(
        differenceTolerance,
      );
    }
  });
});
