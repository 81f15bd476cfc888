import { describe, expect, it } from 'vitest';
import {
  comparisonCost,
  comparisonKinds,
  comparisonSettings,
  comparisonsFor,
} from '../../../../electron/contract/comparisons.ts';
import type { FineTunePlan } from '../../../../electron/contract/engine.ts';
import { memoryRounds, usualFineTune } from '../../../../electron/contract/usualSettings.ts';
import { nuisanceWeights } from '../../../../native-models/training/robust/relearnMemory.ts';

const layer = (isChosen: boolean): FineTunePlan['layers'][number] => ({
  ...{ name: 'layer', parameters: [], size: 1, relativeGradient: 1, criticality: 1, isChosen },
  ...{ aloneFlops: 1, ownFlops: 1 },
});
const plan = {
  layers: [true, false, false, true, false].map(layer),
  total: { flops: 10, validationFlops: 1, wholeFlops: 250, seconds: 4 },
};

describe('what a run is compared with', () => {
  it('differs in the selection alone', () => {
    expect(comparisonSettings('randomSamples', usualFineTune, plan)).toEqual({
      ...usualFineTune,
      samples: 'random',
    });
    expect(comparisonSettings('randomLayers', usualFineTune, plan)).toEqual({
      ...usualFineTune,
      layers: 'random:0.4',
    });
    expect(comparisonSettings('wholeModel', { ...usualFineTune, attackSteps: 3 }, plan)).toEqual({
      ...usualFineTune,
      ...{ objective: 'pgd', attackSteps: 10, layers: 'all', samples: 'all' },
    });
  });

  it('is paid in the same money on the same sides', () => {
    for (const kind of comparisonKinds) {
      const { costs, site, seed, testShare } = usualFineTune;
      expect(comparisonSettings(kind, usualFineTune, plan)).toMatchObject({ costs, site, seed, testShare });
    }
  });

  it('takes as long as the run, or as long as training everything would', () => {
    expect(comparisonCost('randomSamples', plan)).toEqual({ flops: 10, seconds: 4 });
    expect(comparisonCost('randomLayers', plan)).toEqual({ flops: 10, seconds: 4 });
    expect(comparisonCost('wholeModel', plan)).toEqual({ flops: 250, seconds: 100 });
  });

  it('has no random samples or layers where none are chosen, and a round for each memory tried', () => {
    expect(comparisonsFor(usualFineTune)).toEqual(comparisonKinds);
    expect(comparisonsFor({ objective: 'memory' })).toEqual(['wholeModel']);
    expect(nuisanceWeights).toHaveLength(memoryRounds);
  });
});
