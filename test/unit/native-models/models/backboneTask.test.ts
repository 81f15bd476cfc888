import { describe, expect, it } from 'vitest';
import { blemishTypes } from '../../../../native-models/images/procedural/blemish.ts';
import { backboneTask, cropSide } from '../../../../native-models/models/backboneTask.ts';
import type { Tensor } from '../../../../native-models/onnx/ir.ts';
import { seededRandom } from '../../../../native-models/random.ts';

const size = { surfaces: 2, pieces: 1, blemished: 1, clean: 3 };
const task = backboneTask('image', size, 7);
const random = (row: number) => seededRandom(row);

async function images(of: typeof task, indices: number[], chance: typeof random | null): Promise<Tensor> {
  return (await of.train.source.batch(indices, chance))['image']!;
}

describe('backboneTask', () => {
  it('has a class for every surface with every blemish and none, and samples of each', () => {
    expect(task.surfaces).toBe(5);
    expect(task.faults).toBe(blemishTypes.length + 1);
    expect(task.labels).toHaveLength(task.surfaces * task.faults);
    const counts = task.labels.map((_, label) => task.train.labels.filter((own) => own === label).length);
    expect(counts).toEqual(task.labels.map((_, label) => (label % task.faults === 0 ? 3 : 1)));
  });

  it('draws the same sample from the same chance, another at the next visit, and fixed ones to validate', async () => {
    const dims = [2, 3, cropSide, cropSide];
    expect((await images(task, [4, 9], random)).dims).toEqual(dims);
    expect(await images(task, [4, 9], random)).toEqual(
      await images(backboneTask('image', size, 7), [4, 9], random),
    );
    expect(await images(task, [4], () => seededRandom(8))).not.toEqual(await images(task, [4], random));
    expect(await images(task, [4], null)).toEqual(await images(task, [4], null));
    expect(await images(backboneTask('image', size, 8), [4], null)).not.toEqual(
      await images(task, [4], null),
    );
  });

  it('validates on pieces that are not trained on', async () => {
    const [train, validation] = await Promise.all(
      [task.train, task.validation].map((set) => set.source.batch([0], random)),
    );
    expect(validation).not.toEqual(train);
  });
});
