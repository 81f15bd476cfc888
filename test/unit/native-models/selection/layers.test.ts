import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../native-models/random.ts';
import { chooseLayers, type LayerScore } from '../../../../native-models/selection/layers.ts';

/** Layers of a chain: a step costs the forward pass, the way down to the lowest, and each weight gradient. */
function chain(count: number, seed: number) {
  const random = seededRandom(seed);
  const passes = Array.from({ length: count }, () => 1 + random.integer(9));
  const forward = passes.reduce((sum, flops) => sum + flops, 0);
  const wayTo = (at: number) => passes.slice(at + 1).reduce((sum, flops) => sum + flops, 0);
  const scores = passes.map((own, at): LayerScore => ({
    name: `layer ${at}`,
    parameters: [`w${at}`],
    size: 1,
    relativeGradient: 1,
    criticality: random.uniform(),
    aloneFlops: forward + wayTo(at) + own,
    ownFlops: own,
  }));
  const positionOf = new Map(scores.map(({ name }, at) => [name, at]));
  const stepFlops = (groups: readonly { readonly name: string }[]) => {
    const positions = groups.map(({ name }) => positionOf.get(name)!);
    return forward + wayTo(Math.min(...positions)) + positions.reduce((sum, at) => sum + passes[at]!, 0);
  };
  return { scores, stepFlops, whole: stepFlops(scores) };
}

const valueOf = (layers: readonly LayerScore[]) =>
  layers.reduce((sum, { criticality }) => sum + criticality, 0);

/** The best that any set of layers could do. */
function optimum({ scores, stepFlops }: ReturnType<typeof chain>, flops: number): number {
  let best = 0;
  for (let bits = 1; bits < 2 ** scores.length; bits++) {
    const chosen = scores.filter((_, at) => bits & (1 << at));
    if (stepFlops(chosen) <= flops) best = Math.max(best, valueOf(chosen));
  }
  return best;
}

describe('choosing layers for a budget', () => {
  it('keeps the budget and comes near the best set there is', () => {
    for (let seed = 0; seed < 20; seed++) {
      const layers = chain(10, seed);
      for (const share of [0.5, 0.7, 0.9]) {
        const flops = share * layers.whole;
        const chosen = chooseLayers({ ...layers, flops });
        const best = optimum(layers, flops);
        if (best === 0) continue;
        expect(layers.stepFlops(chosen)).toBeLessThanOrEqual(flops);
        expect(valueOf(chosen), `seed ${seed}, budget ${share}`).toBeGreaterThan(0.9 * best);
      }
    }
  });

  it('takes everything where the budget allows it', () => {
    const layers = chain(8, 1);
    expect(chooseLayers({ ...layers, flops: layers.whole })).toEqual(layers.scores);
  });

  it('takes the cheapest layer where not even that fits', () => {
    const layers = chain(8, 2);
    const cheapest = Math.min(...layers.scores.map(({ aloneFlops }) => aloneFlops));
    const chosen = chooseLayers({ ...layers, flops: 1 });
    expect(chosen.map(({ aloneFlops }) => aloneFlops)).toEqual([cheapest]);
  });

  it('answers in the order of the graph', () => {
    const layers = chain(10, 3);
    const chosen = chooseLayers({ ...layers, flops: 0.8 * layers.whole });
    const positions = chosen.map((layer) => layers.scores.indexOf(layer));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });
});
