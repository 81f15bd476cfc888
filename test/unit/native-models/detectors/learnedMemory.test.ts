import { describe, expect, it } from 'vitest';
import { detectorGraph, scoreOutput, tapBackbone } from '../../../../native-models/detectors/anomalyGraph.ts';
import { scoreOf, type Calibration } from '../../../../native-models/detectors/calibration.ts';
import {
  findLearnedMemory,
  memoryNames,
  memoryTableValues,
  placeValues,
} from '../../../../native-models/detectors/learnedMemory.ts';
import type { Projection } from '../../../../native-models/detectors/whitening.ts';
import { GraphBuilder } from '../../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../../native-models/onnx/dataTypes.ts';
import type { Model } from '../../../../native-models/onnx/ir.ts';
import { writeModel } from '../../../../native-models/onnx/write.ts';
import { seededRandom, type Random } from '../../../../native-models/random.ts';
import { floatsOf, openSession } from '../../../../native-models/runtime/session.ts';
import { writeParameters } from '../../../../native-models/training/parameters.ts';

const side = 6;
const channels = 3;
const entries = 7;

/** A network whose own tensors go by the names that a detector would like to give. */
function backbone(random: Random): Model {
  const g = new GraphBuilder();
  const image = g.input('image', 'float32', ['N', 1, side, side]);
  const weight = g.initializer('whitening', float32Tensor([channels, 1, 1, 1], draws(random, channels)));
  g.op('Conv', [image, weight], {}, { outputs: ['feature'] });
  g.output('feature', 'float32', null);
  return g.model();
}

const draws = (random: Random, count: number) => Float32Array.from({ length: count }, () => random.normal());

function learned(random: Random) {
  const projection: Projection = {
    ...{ inputs: channels, outputs: channels },
    matrix: draws(random, channels ** 2),
    offset: draws(random, channels),
  };
  const calibration: Calibration = {
    centre: draws(random, side * side),
    spread: draws(random, side * side).map((value) => 0.5 + Math.abs(value)),
    ...{ levelCentre: 0.3, levelSpread: 0.7 },
  };
  return { projection, calibration, memory: draws(random, entries * channels) };
}

function detector({ projection, memory, calibration }: ReturnType<typeof learned>): Model {
  const size = { height: side, width: side };
  const tapped = tapBackbone(backbone(seededRandom(1)), ['feature'], 1, size);
  const features = [{ name: 'feature', channels, ...size }];
  return detectorGraph(tapped, features, size, projection, memory, calibration, size);
}

const images = float32Tensor([4, 1, side, side], draws(seededRandom(9), 4 * side * side));

async function outputs(model: Model, names: readonly string[]): Promise<Float32Array[]> {
  const wanted = names.map((name) => ({ name, dtype: 'float32' as const, shape: null }));
  const graph = { ...model.graph, outputs: wanted };
  const session = await openSession(writeModel({ ...model, graph }), { threads: 1 });
  const found = await session.run({ image: images });
  await session.dispose();
  return names.map((name) => floatsOf(found, name));
}

describe('the learned memory of a detector', () => {
  it('is found whatever its tensors are called, and put in anew gives the distances of a detector made with it', async () => {
    const [before, after] = [learned(seededRandom(2)), learned(seededRandom(3))];
    const model = detector(before);
    const found = findLearnedMemory(model)!;
    expect(found).toMatchObject({ dimensions: channels, entries });
    expect(found.level.levelCentre).toBeCloseTo(before.calibration.levelCentre);
    expect(found.level.levelSpread).toBeCloseTo(before.calibration.levelSpread);
    // The network's own is no part of it.
    expect(found.tables.matrix).not.toBe('whitening');
    const values = new Map([
      ...memoryTableValues(found, after.projection, after.memory),
      ...placeValues(found, after.calibration),
    ]);
    expect([...values.keys()].sort()).toEqual(memoryNames(found).sort());
    const anew = writeParameters(model, values);
    const [wanted] = await outputs(detector(after), [found.distances]);
    const [got] = await outputs(anew, [found.distances]);
    got!.forEach((value, at) => expect(value).toBeCloseTo(wanted![at]!, 5));
  });

  it('keeps mean and spread of the level, and stretches the score by what that takes', async () => {
    const [before, after] = [learned(seededRandom(4)), learned(seededRandom(5))];
    const { calibration } = after;
    const changed = { ...after, calibration: { ...calibration, levelCentre: -0.4, levelSpread: 0.05 } };
    const model = detector(before);
    const found = findLearnedMemory(model)!;
    const anew = writeParameters(
      model,
      new Map([
        ...memoryTableValues(found, changed.projection, changed.memory),
        ...placeValues(found, changed.calibration),
      ]),
    );
    const [distances, scores] = await outputs(anew, [found.distances, scoreOutput]);
    const stretch = before.calibration.levelSpread / changed.calibration.levelSpread;
    const places = side * side;
    for (let image = 0; image < 4; image++) {
      const own = distances!.slice(image * places, (image + 1) * places);
      const { contrast, level } = partsOf(own, changed.calibration);
      // What the calibration itself calls the level of this part is what the graph calls it.
      expect(scores![image]! - stretch * contrast).toBeCloseTo(level, 2);
    }
  });

  it('is no part of a graph without one', () => {
    expect(findLearnedMemory(backbone(seededRandom(1)))).toBeNull();
  });
});

/** The score's two parts by `scoreOf`: with a level that no part reaches, what is left is the contrast. */
function partsOf(distances: Float32Array, calibration: Calibration) {
  const contrast = scoreOf(distances, { ...calibration, levelSpread: Infinity });
  return { contrast, level: scoreOf(distances, calibration) - contrast };
}
