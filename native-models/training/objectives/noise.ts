import { float32Tensor } from '../../onnx/dataTypes.ts';
import { plainLoss } from '../classifierStep.ts';
import type { Objective } from '../objective.ts';

/**
 * Training on images with Gaussian noise, which randomized smoothing asks for (Cohen et al., arXiv 1902.02918, section
 * 3.3). Values may leave [0, 1], as they do when it is certified.
 * @param sigma deviation of the noise, of pixel values in [0, 1]
 */
export function noiseObjective(input: string, sigma: number): Objective {
  return {
    copies: 1,
    replays: 1,
    absorbs: null,
    loss: plainLoss,
    async disturb({ feeds, random }) {
      const { data, dims } = feeds[input]!;
      const noisy = (data as Float32Array).map((value) => value + sigma * random.normal());
      return { [input]: float32Tensor(dims, noisy) };
    },
    flops: () => 0,
    dispose: async () => undefined,
  };
}
