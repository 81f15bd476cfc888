import { describe, expect, it } from 'vitest';
import { usualFormulations, type Formulations } from '../../../native-models/autodiff/formulations.ts';
import { GraphBuilder } from '../../../native-models/onnx/build.ts';
import { float32Tensor } from '../../../native-models/onnx/dataTypes.ts';
import { writeModel } from '../../../native-models/onnx/write.ts';
import { seededRandom } from '../../../native-models/random.ts';
import {
  chooseFormulations,
  RecordedFormulations,
  type FormulationMemory,
} from '../../../native-models/training/formulationMemory.ts';
import { crossEntropy } from '../../../native-models/training/losses/crossEntropy.ts';
import { buildStepGraph } from '../../../native-models/training/stepGraph.ts';

/** A strided convolution, a depthwise one and a pooling. */
function network() {
  const random = seededRandom(3);
  const g = new GraphBuilder();
  const weights = (name: string, dims: number[]) => {
    const count = dims.reduce((product, size) => product * size, 1);
    return g.initializer(
      name,
      float32Tensor(
        dims,
        Float32Array.from({ length: count }, () => random.normal()),
      ),
    );
  };
  const x = g.input('input', 'float32', [2, 3, 12, 12]);
  const first = g.op('Conv', [x, weights('first', [4, 3, 3, 3])], { strides: [2, 2], pads: [1, 1, 1, 1] });
  const second = g.op('Conv', [g.op('Relu', [first]), weights('second', [4, 1, 3, 3])], {
    group: 4,
    pads: [1, 1, 1, 1],
  });
  const pooled = g.op('MaxPool', [second], { kernel_shape: [3, 3], strides: [2, 2] });
  const mean = g.op('Flatten', [g.op('GlobalAveragePool', [pooled])]);
  g.outputAs('logits', mean, 'float32', [2, 4]);
  return g.model('network');
}

const write = (formulations: Formulations) =>
  buildStepGraph(network(), {
    parameters: ['first', 'second'],
    inputs: ['input'],
    loss: (g) => crossEntropy(g, 'logits', g.input('labels', 'int64', [2]), 4),
    formulations,
  });

/** A clock that the number of readings moves: each measured run seems to take as long as the one before. */
function tickingClock() {
  let now = 0;
  return () => (now += 1);
}

function memoryStore(saved: unknown = null) {
  return {
    saved,
    saves: 0,
    load() {
      return Promise.resolve(this.saved);
    },
    save(memory: FormulationMemory) {
      this.saves += 1;
      this.saved = JSON.parse(JSON.stringify(memory));
      return Promise.resolve();
    },
  };
}

const options = (store: ReturnType<typeof memoryStore>, processor = 'a processor') => ({
  session: { threads: 1 },
  processor,
  store,
  random: seededRandom(1),
  nowMs: tickingClock(),
});

describe('formulations measured once and remembered', () => {
  it('measures every question, keeps the answers and measures nothing the next time', async () => {
    const store = memoryStore();
    const measured: number[] = [];
    const first = await chooseFormulations(write, {
      ...options(store),
      onProgress: (_done, total) => measured.push(total),
    });
    expect(measured).toEqual(Array.from({ length: 5 }, () => 5));
    expect(Object.keys(first.choices)).toHaveLength(5);
    const again = await chooseFormulations(write, {
      ...options(store),
      onProgress: () => expect.unreachable('measured again'),
    });
    expect(again.choices).toEqual(first.choices);
    expect(store.saves).toBe(1);
  });

  it('writes the same graph from recorded choices', async () => {
    const chosen = await chooseFormulations(write, options(memoryStore()));
    const repeated = new RecordedFormulations(JSON.parse(JSON.stringify(chosen.choices)));
    expect(writeModel(write(repeated).model)).toEqual(writeModel(write(chosen).model));
  });

  it('tells processors apart', async () => {
    const store = memoryStore();
    await chooseFormulations(write, options(store));
    let measured = 0;
    await chooseFormulations(write, { ...options(store, 'another'), onProgress: () => (measured += 1) });
    expect(measured).toBe(5);
    expect(Object.keys(store.saved as FormulationMemory)).toHaveLength(2);
  });

  it('keeps what was measured when it is stopped', async () => {
    const store = memoryStore();
    let checks = 0;
    const stopped = chooseFormulations(write, {
      ...options(store),
      checkpoint: () => {
        if ((checks += 1) > 2) throw new Error('stopped');
      },
    });
    await expect(stopped).rejects.toThrow('stopped');
    const [choices] = Object.values(store.saved as FormulationMemory);
    expect(Object.keys(choices!)).toHaveLength(2);
  });

  it.each([['text'], [[]], [{ machine: 'text' }], [{ machine: { question: 3 } }]])(
    'takes a damaged memory for none: %j',
    async (saved) => {
      const { choices } = await chooseFormulations(write, options(memoryStore(saved)));
      expect(Object.keys(choices)).toHaveLength(5);
    },
  );

  it('falls back to the usual way for a choice that does not apply', () => {
    const nonsense = new Proxy({}, { get: () => 'nonsense' });
    const graph = write(new RecordedFormulations(nonsense));
    expect(writeModel(graph.model)).toEqual(writeModel(write(usualFormulations).model));
  });
});
