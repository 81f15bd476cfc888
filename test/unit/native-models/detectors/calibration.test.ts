import { describe, expect, it } from 'vitest';
import { calibrate, scoreOf } from '../../../../native-models/detectors/calibration.ts';
import { detectorGraph, distanceGraph } from '../../../../native-models/detectors/anomalyGraph.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { floatsOf, openSession } from '../../../../native-models/runtime/session.ts';

const grid = { height: 6, width: 5 };
const patches = 30;

function goodDistances(count: number): Float32Array[] {
  const random = seededRandom(9);
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: patches }, (_, p) =>
      p < 15 ? 10 + 3 * random.normal() : 4 + random.normal(),
    ),
  );
}

describe('scoreOf', () => {
  const calibration = calibrate(goodDistances(400), grid.height, grid.width);
  const usual = Float32Array.from(calibration.centre);
  const raised = (place: number, by: number) => usual.map((d, p) => (p === place ? d + by : d));

  it('weighs the same distance more where good parts vary less', () => {
    expect(scoreOf(raised(29, 5), calibration)).toBeGreaterThan(1.5 * scoreOf(raised(0, 5), calibration));
  });

  it('ignores what raises the whole image a little, not what raises it a lot', () => {
    const all = (by: number) => usual.map((d, p) => d + by * calibration.spread[p]!);
    expect(scoreOf(all(0.5), calibration)).toBeLessThan(0.1);
    expect(scoreOf(all(5), calibration)).toBeGreaterThan(5);
  });

  it('is what the graph computes', async () => {
    const g = new GraphBuilder();
    const image = g.input('image', 'float32', ['N', 3, 6, 5]);
    g.output(g.op('Relu', [image], {}, { outputs: ['feature'] }), 'float32', null);
    const tapped = g.model();
    const random = seededRandom(2);
    const tensor = (size: number) => Float32Array.from({ length: size }, () => random.normal());
    const projection = { inputs: 3, outputs: 3, matrix: tensor(9), offset: tensor(3) };
    const memory = tensor(3 * 20);
    const feature = { name: 'feature', channels: 3, ...grid };
    const x = float32Tensor(
      [2, 3, 6, 5],
      tensor(180).map((value) => value * 5),
    );
    const distances = await openSession(
      writeModel(distanceGraph(tapped, [feature], grid, projection, memory)),
    );
    const measured = floatsOf(await distances.run({ image: x }), 'distances');
    const own = calibrate(
      Array.from({ length: 8 }, () => tensor(patches).map((value) => 3 + 0.3 * value)),
      grid.height,
      grid.width,
    );
    const map = { height: 12, width: 10 };
    const detector = await openSession(
      writeModel(detectorGraph(tapped, [feature], grid, projection, memory, own, map)),
    );
    const results = await detector.run({ image: x });
    const scores = floatsOf(results, 'score');
    expect(results['map']!.dims).toEqual([2, 1, 12, 10]);
    for (const image of [0, 1]) {
      const part = measured.slice(image * patches, (image + 1) * patches);
      expect(scores[image]).toBeCloseTo(scoreOf(part, own), 3);
    }
    await distances.dispose();
    await detector.dispose();
  });
});
