import { expect, it } from 'vitest';
import { timeInference } from '../../../../native-models/evaluate/inferenceTime.ts';
import type { Preprocess } from '../../../../native-models/images/preprocess.ts';
import type { Picture } from '../../../../native-models/images/picture.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { smallClassifier } from '../../../support/smallClassifier.ts';

it('takes longer for a network that does far more', async () => {
  const timeAt = (side: number) => {
    const preprocess: Preprocess = {
      ...{ order: 'GRAY', scale: 1, normalise: 'none' },
      ...{ size: [side, side], mean: [128], std: [64] },
    };
    const picture: Picture = {
      ...{ width: side, height: side, channels: 1, depth: 8 },
      data: new Uint8Array(side * side).fill(90),
    };
    const model = smallClassifier({ side, channels: [8, 8], classes: 2, random: seededRandom(1) });
    return timeInference(model, preprocess, picture, { threads: 1 });
  };
  const [small, large] = [await timeAt(16), await timeAt(256)];
  expect(small.medianMs).toBeGreaterThan(0);
  expect(small.p99Ms).toBeGreaterThan(small.medianMs);
  expect(large.medianMs).toBeGreaterThan(5 * small.medianMs);
});
