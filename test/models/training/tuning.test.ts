import { describe, expect, it } from 'vitest';
import type { RecordedFormulations } from '../../../native-models/training/formulationMemory.ts';
import { trainClassifier } from '../../../native-models/training/trainer.ts';
import type { TrainerOptions } from '../../../native-models/training/trainerOptions.ts';
import { tunedFormulations, type Tuning } from '../../../native-models/training/tuning.ts';
import { seededRandom } from '../../../native-models/random.ts';
import { float32Tensor } from '../../../native-models/onnx/dataTypes.ts';
import { parameterNames } from '../../../native-models/onnx/parameters.ts';
import { smallClassifier } from '../../support/smallClassifier.ts';

const side = 8;
const model = smallClassifier({ side, channels: [6, 8], classes: 2, random: seededRandom(3) });

function options(): TrainerOptions {
  const labels = Array.from({ length: 12 }, (_, i) => i % 2);
  const random = seededRandom(5);
  const images = labels.map((label) =>
    Float32Array.from({ length: side * side }, () => random.normal() + label),
  );
  const set = {
    source: {
      batch: (indices: readonly number[]) =>
        Promise.resolve({
          [model.graph.inputs[0]!.name]: float32Tensor(
            [indices.length, 1, side, side],
            indices.flatMap((index) => [...images[index]!]),
          ),
        }),
      flops: () => 0,
    },
    labels,
    weights: null,
    nameOf: String,
  };
  return {
    ...{ model, logits: model.graph.outputs[0]!.name, labels: ['a', 'b'], train: set, validation: set },
    parameters: parameterNames(model.graph),
    settings: {
      ...{ epochs: 1, batch: 5, optimiser: { kind: 'sgd' as const } },
      schedule: { rate: 0.01, shape: 'constant' as const },
    },
    ...{ random: seededRandom(1), session: { threads: 1 } },
  };
}

function tuning(change: Partial<Tuning> = {}) {
  let saved: unknown = null;
  const recorded: RecordedFormulations['choices'][] = [];
  let now = 0;
  const own: Tuning = {
    processor: 'a processor',
    store: {
      load: () => Promise.resolve(saved),
      save: (memory) => Promise.resolve(void (saved = memory)),
    },
    nowMs: () => (now += 1),
    recorded: null,
    record: (choices) => Promise.resolve(void recorded.push(choices)),
    ...change,
  };
  return { own, recorded, saved: () => saved };
}

describe('formulations of a training', () => {
  it('are measured at the size of the batch, and serve batches of every size', async () => {
    const { own, recorded, saved } = tuning();
    const formulations = await tunedFormulations(options(), own);
    expect(recorded).toEqual([formulations.choices]);
    const [measured] = Object.values(saved() as Record<string, Record<string, string>>);
    expect(Object.keys(measured!).length).toBeGreaterThan(0);
    expect(Object.keys(measured!).every((question) => question.includes('float32[5,'))).toBe(true);
    // Its last batch has two samples.
    const { history } = await trainClassifier({ ...options(), formulations });
    expect(history).toHaveLength(1);
  });

  it('of a training that goes on are those it began with, whatever is remembered', async () => {
    const choices = { 'a question': 'an answer' };
    const { own, recorded } = tuning({
      recorded: choices,
      onProgress: () => expect.unreachable('measured'),
    });
    expect((await tunedFormulations(options(), own)).choices).toEqual(choices);
    expect(recorded).toEqual([]);
  });

  it('are not measured to the end by a training that is cancelled', async () => {
    const { own, recorded } = tuning();
    const signal = AbortSignal.abort();
    await expect(tunedFormulations({ ...options(), signal }, own)).rejects.toMatchObject({
      kind: 'cancelled',
    });
    expect(recorded).toEqual([]);
  });
});
