import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../native-models/errors.ts';
import { countModel } from '../../../native-models/onnx/count.ts';
import type { Attribute, Model, Node, Tensor } from '../../../native-models/onnx/ir.ts';
import { discoverModules } from '../../../native-models/onnx/modules.ts';
import { foldBatchNorm } from '../../../native-models/onnx/passes/foldBatchNorm.ts';
import { foldConstants } from '../../../native-models/onnx/passes/foldConstants.ts';
import { inferShapes } from '../../../native-models/onnx/passes/inferShapes.ts';
import { removeDeadCode } from '../../../native-models/onnx/passes/removeDeadCode.ts';
import { unfoldBatchNorm } from '../../../native-models/onnx/passes/unfoldBatchNorm.ts';
import { upgradeOpset } from '../../../native-models/onnx/passes/upgradeOpset.ts';
import { readModel } from '../../../native-models/onnx/read.ts';
import { operatorsWithShapeRule } from '../../../native-models/onnx/shapes/infer.ts';
import { writeModel } from '../../../native-models/onnx/write.ts';
import { seededRandom, type Random } from '../../../native-models/random.ts';
import { hasModels, loadShared, modelFiles } from './modelFiles.ts';

const passes: readonly ((model: Model) => unknown)[] = [
  inferShapes,
  foldConstants,
  foldBatchNorm,
  unfoldBatchNorm,
  removeDeadCode,
  (model) => upgradeOpset(model, 22),
  discoverModules,
  (model) => countModel(model, { input: [2, 3, 16, 16] }),
];

/** True where it gives a result, false where it refuses with a ModelError; anything else is a bug. */
function works(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return false;
  }
}

const trained = modelFiles.filter(([name]) => name.startsWith('train_'));

describe.skipIf(!hasModels)('damaged files', () => {
  it.each(trained)('%s: changed bytes are read or refused', (_name, path) => {
    const whole = new Uint8Array(readFileSync(path));
    const random = seededRandom(99);
    let read = 0;
    for (let round = 0; round < 800; round++) {
      const bytes = whole.slice();
      for (let i = 0; i <= random.integer(8); i++) bytes[random.integer(bytes.length)] = random.integer(256);
      if (!works(() => readModel(bytes))) continue;
      read += 1;
      const model = readModel(bytes);
      for (const pass of passes) works(() => pass(model));
      works(() => readModel(writeModel(model)));
    }
    // Both happen: weights may be garbled unnoticed, structure may not.
    expect(read).toBeGreaterThan(100);
    expect(read).toBeLessThan(700);
  });

  it.each(trained)('%s: cut short, refused', (_name, path) => {
    const whole = new Uint8Array(readFileSync(path));
    const random = seededRandom(98);
    // Behind the graph come only the operator sets, a few bytes at the end.
    for (let round = 0; round < 300; round++) {
      const end = random.integer(whole.length - 16);
      expect(works(() => readModel(whole.subarray(0, end)))).toBe(false);
    }
  });
});

const operators = operatorsWithShapeRule();

/** Breaks one thing about one node or initializer, as a faulty exporter might. */
function damage(
  node: { -readonly [Key in keyof Node]: Node[Key] },
  initializers: Map<string, Tensor>,
  random: Random,
) {
  const pick = <Item>(list: readonly Item[]) => list[random.integer(list.length)]!;
  const changeInts = (type: 'int' | 'ints') => {
    node.attributes = new Map(
      [...node.attributes].map(([name, attribute]): [string, Attribute] => {
        if (attribute.type !== type) return [name, attribute];
        return attribute.type === 'ints'
          ? [
              name,
              {
                type: 'ints',
                value: attribute.value.map(() => random.integer(12) - 4).slice(random.integer(2)),
              },
            ]
          : [name, { type: 'int', value: random.integer(12) - 4 }];
      }),
    );
  };
  const kinds: readonly (() => void)[] = [
    () => (node.op = pick(operators)),
    () => (node.inputs = node.inputs.toSpliced(random.integer(node.inputs.length + 1), 1)),
    () => (node.inputs = [...node.inputs, pick([...initializers.keys(), 'input', '', 'nowhere'])]),
    () => (node.inputs = node.inputs.map(() => pick([...initializers.keys(), 'input', '']))),
    () => changeInts('int'),
    () => changeInts('ints'),
    () => (node.outputs = []),
    () => (node.attributes = new Map()),
    () => {
      const name = pick([...initializers.keys()]);
      const tensor = initializers.get(name)!;
      const dims = pick([[tensor.data.length], [1, tensor.data.length, 1]]);
      initializers.set(name, { ...tensor, dims });
    },
  ];
  pick(kinds)();
}

describe.skipIf(!hasModels)('damaged graphs', () => {
  it.each(trained)('%s: every pass works or refuses', (_name, path) => {
    const base = loadShared(path);
    const random = seededRandom(97);
    let worked = 0;
    let refused = 0;
    for (let round = 0; round < 250; round++) {
      const nodes = base.graph.nodes.map((node) => ({ ...node }));
      const initializers = new Map(base.graph.initializers);
      for (let i = 0; i <= random.integer(3); i++) {
        damage(nodes[random.integer(nodes.length)]!, initializers, random);
      }
      const opsets = new Map([['', [9, 11, 13, 17, 18][random.integer(5)]!]]);
      const bytes = writeModel({ ...base, opsets, graph: { ...base.graph, nodes, initializers } });
      if (!works(() => readModel(bytes))) continue;
      const model = readModel(bytes);
      for (const pass of passes) {
        if (works(() => pass(model))) worked += 1;
        else refused += 1;
      }
    }
    expect(worked).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(50);
  });
});
