import { describe, expect, it } from 'vitest';
import { pixelInput, withPixelInput } from '../../../../native-models/attacks/pixelInput.ts';
import { planesOf, preprocess, type Preprocess } from '../../../../native-models/images/preprocess.ts';
import { resample } from '../../../../native-models/images/resample.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { runModel } from '../../../gradients/support.ts';

const size = [20, 14] as const;
const random = seededRandom(7);

function picture(channels: 1 | 3) {
  const data = Uint8Array.from({ length: 20 * 14 * channels }, () => random.integer(256));
  return { width: 14, height: 20, channels, depth: 8 as const, data };
}

function identity(planes: number) {
  const g = new GraphBuilder();
  g.outputAs('same', g.input('image', 'float32', ['N', planes, ...size]), 'float32', ['N', planes, ...size]);
  return g.model();
}

describe('preprocessing as a graph', () => {
  for (const normalise of ['none', 'image', 'local'] as const) {
    for (const order of ['RGB', 'BGR', 'GRAY'] as const) {
      for (const channels of [1, 3] as const) {
        it(`is what preprocess() does: ${normalise}, ${order}, ${channels} channels`, async () => {
          const spec: Preprocess = {
            order,
            size,
            mean: order === 'GRAY' ? [100] : [100, 110, 120],
            std: order === 'GRAY' ? [50] : [50, 60, 70],
            scale: 0.9,
            normalise,
          };
          const planes = planesOf(spec);
          const drawn = planes === 1 ? 1 : channels;
          const shown = picture(channels);
          const expected = new Float32Array(planes * 280);
          preprocess(shown, spec, expected);
          const pixels = new Float32Array(drawn * 280);
          resample(shown, ...size, drawn, pixels, 0);
          const results = await runModel(withPixelInput(identity(planes), spec, drawn), {
            [pixelInput]: float32Tensor(
              [1, drawn, ...size],
              pixels.map((value) => value / 255),
            ),
          });
          const actual = results['same']!.data as Float32Array;
          expect(actual.length).toBe(expected.length);
          expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 4));
        });
      }
    }
  }

  it('takes a flat image without blowing up its noise', async () => {
    const spec: Preprocess = { order: 'GRAY', size, mean: [0], std: [1], scale: 1, normalise: 'image' };
    const results = await runModel(withPixelInput(identity(1), spec, 1), {
      [pixelInput]: float32Tensor([1, 1, ...size], new Float32Array(280).fill(0.5)),
    });
    expect(results['same']!.data[0]).toBeCloseTo(114.5, 3);
  });
});
