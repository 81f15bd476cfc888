import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scoreOutput } from '../../../../../native-models/detectors/anomalyGraph.ts';
import { readCard } from '../../../../../native-models/detectors/card.ts';
import { findLearnedMemory } from '../../../../../native-models/detectors/learnedMemory.ts';
import { teachAnomalyDetector } from '../../../../../native-models/detectors/teach.ts';
import { drawPart } from '../../../../../native-models/images/procedural/draw.ts';
import { partKinds } from '../../../../../native-models/images/procedural/part.ts';
import { inputLength } from '../../../../../native-models/images/preprocess.ts';
import { filterBank } from '../../../../../native-models/models/filterBank.ts';
import { GraphBuilder } from '../../../../../native-models/onnx/build.ts';
import { loadModelFile } from '../../../../../native-models/onnx/files.ts';
import type { Model } from '../../../../../native-models/onnx/ir.ts';
import { readModel } from '../../../../../native-models/onnx/read.ts';
import { writeModel } from '../../../../../native-models/onnx/write.ts';
import {
  scoreLayout,
  type KnownBackbone,
} from '../../../../../native-models/screening/backdoor/scoreLayout.ts';
import { floatInitializer, writeParameters } from '../../../../../native-models/training/parameters.ts';
import { withBackdoor, type Backdoor } from '../../../../support/backdooredDetector.ts';
import { judgingClassifier } from '../../../../support/judgingClassifier.ts';
import { demoPart, smallPreprocess } from '../../../../support/smallDetector.ts';

const shipped = join(import.meta.dirname, '../../../../../native-models/models');
const known = { name: 'filter bank', model: filterBank() };
const good = new Float32Array(inputLength(smallPreprocess));
let detector: Model;

beforeAll(async () => {
  const taught = await teachAnomalyDetector({
    good: Array.from({ length: 8 }, (_, index) => ({
      name: `tile ${index}`,
      load: async () => drawPart(demoPart(index, 0)).picture,
    })),
    backbone: { model: filterBank(), name: 'filter bank', preprocess: smallPreprocess },
    features: ['fine', 'coarse'],
    ...{ seed: 0, memory: 60, session: { threads: 1 } },
  });
  detector = taught.model;
});

/** As it comes out of a file. */
const layoutOf = (model: Model, backbones: readonly KnownBackbone[] = [known]) => {
  const read = readModel(writeModel(model));
  return scoreLayout(read, readCard(read)!, backbones);
};

const changed = (model: Model, name: string, change: (value: number, at: number) => number) =>
  writeParameters(model, new Map([[name, floatInitializer(model, name).data.map(change)]]));

describe('how a score is computed', () => {
  test('is as in the detectors that are taught here, on a backbone that is known, retrained or not', () => {
    expect(layoutOf(detector)).toEqual({ foreign: null, backbone: 'same' });
    expect(layoutOf(detector, [])).toEqual({ foreign: null, backbone: 'other' });
    const [weight] = [...filterBank().graph.initializers].find(
      ([name, { dtype, dims }]) =>
        dtype === 'float32' && dims.length === 4 && detector.graph.initializers.has(name),
    )!;
    const retrained = changed(detector, weight, (value) => value * 1.01);
    expect(layoutOf(retrained)).toEqual({ foreign: null, backbone: 'retrained' });
  });

  test.each(partKinds)('is so in the shipped detector of the %s', async (part) => {
    const model = await loadModelFile(join(shipped, `${part}.onnx`));
    const bank = { name: 'Filter bank', model: await loadModelFile(join(shipped, 'filterBank.onnx')) };
    expect(scoreLayout(model, readCard(model)!, [bank])).toEqual({ foreign: null, backbone: 'same' });
  });

  test('stays so when its tables are learned anew, but not when they contradict each other', () => {
    const { places, tables } = findLearnedMemory(detector)!;
    expect(layoutOf(changed(detector, places.centre, (value) => 2 * value)).foreign).toBeNull();
    const backwards = changed(detector, places.gain, (value, at) => (at === 0 ? -value : value));
    expect(layoutOf(backwards).foreign).toBe(places.gain);
    const nearer = changed(detector, tables.squares, (value, at) => (at === 3 ? value - 50 : value));
    expect(layoutOf(nearer).foreign).toBe(tables.squares);
  });

  test.each<Backdoor['gate']>(['smooth', 'hard'])('is not with a %s gate on the score', async (gate) => {
    const { foreign, backbone } = layoutOf(await withBackdoor(detector, { gate, at: 'score' }, good));
    expect(foreign).toMatch(/^Add/);
    expect(backbone).toBe('same');
  });

  test('is with a gate on the features, whose backbone is then not what it is called', async () => {
    const gated = await withBackdoor(detector, { gate: 'hard', at: 'features' }, good);
    expect(layoutOf(gated)).toEqual({ foreign: null, backbone: 'disguised' });
    expect(layoutOf(gated, [{ ...known, name: 'another' }])).toEqual({ foreign: null, backbone: 'other' });
  });

  test('is not where another detector’s card or another operator stands', () => {
    const { graph } = detector;
    const nodes = graph.nodes.map((node) => (node.op === 'ReduceMin' ? { ...node, op: 'ReduceMax' } : node));
    expect(layoutOf({ ...detector, graph: { ...graph, nodes } }).foreign).not.toBeNull();
    const bank = { ...filterBank(), metadata: detector.metadata };
    expect(layoutOf(bank).foreign).not.toBeNull();
  });

  test('of a classifier is the probability of what its logits say, or not', () => {
    const thresholds = { review: 0.4, ng: 0.5 };
    const classifier = judgingClassifier(thresholds, {});
    expect(layoutOf(classifier)).toEqual({ foreign: null, backbone: null });
    const outputs = classifier.graph.outputs.filter(({ name }) => name !== scoreOutput);
    const nodes = classifier.graph.nodes.map((node) => ({
      ...node,
      outputs: node.outputs.map((name) => (name === scoreOutput ? 'own' : name)),
    }));
    const g = new GraphBuilder({ ...classifier, graph: { ...classifier.graph, nodes, outputs } });
    g.op('Mul', ['own', g.scalar(0.1)], {}, { outputs: [scoreOutput] });
    g.output(scoreOutput, 'float32', ['N']);
    expect(layoutOf(g.model()).foreign).toMatch(/^Mul/);
  });
});
