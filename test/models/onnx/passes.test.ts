import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../../native-models/onnx/ir.ts';
import { extractSubgraph } from '../../../native-models/onnx/passes/extractSubgraph.ts';
import { foldBatchNorm } from '../../../native-models/onnx/passes/foldBatchNorm.ts';
import { foldConstants } from '../../../native-models/onnx/passes/foldConstants.ts';
import { inferShapes } from '../../../native-models/onnx/passes/inferShapes.ts';
import { removeDeadCode } from '../../../native-models/onnx/passes/removeDeadCode.ts';
import { unfoldBatchNorm } from '../../../native-models/onnx/passes/unfoldBatchNorm.ts';
import { upgradeOpset } from '../../../native-models/onnx/passes/upgradeOpset.ts';
import { feedsOf, hasModels, loadShared, modelFiles, relativeDifference, run } from './modelFiles.ts';

/** Re-associated products of float32 through up to 60 layers. */
const foldTolerance = 2e-4;

const countOf = (model: Model, op: string) => model.graph.nodes.filter((node) => node.op === op).length;

describe.skipIf(!hasModels)('passes over the shared models', () => {
  it.each(modelFiles)('%s: dead code, constants and shapes do not change a bit', async (_name, path) => {
    const model = loadShared(path);
    const feeds = feedsOf(model);
    const before = await run(model, feeds);
    const folded = foldConstants(model);
    for (const changed of [removeDeadCode(model), inferShapes(model), folded]) {
      expect(isDeepStrictEqual(await run(changed, feeds), before)).toBe(true);
    }
    expect(countOf(folded, 'Constant')).toBe(0);
    expect(isDeepStrictEqual(foldConstants(folded), folded)).toBe(true);
  });

  it.each(modelFiles)('%s: a newer operator set gives the same', async (_name, path) => {
    const model = loadShared(path);
    const feeds = feedsOf(model);
    const before = await run(model, feeds);
    for (const target of [17, 22]) {
      const upgraded = upgradeOpset(model, target);
      expect(upgraded.opsets.get('')).toBe(Math.max(target, model.opsets.get('')!));
      const after = await run(upgraded, feeds);
      // From 19 on onnxruntime has another AveragePool, which adds in another order.
      if (target < 19) expect(isDeepStrictEqual(after, before)).toBe(true);
      else expect(relativeDifference(before, after)).toBeLessThan(1e-5);
    }
  });

  it.each(modelFiles)(
    '%s: batch norms fold into the layers before them and out again',
    async (_name, path) => {
      const model = removeDeadCode(loadShared(path));
      const feeds = feedsOf(model);
      const before = await run(model, feeds);
      const folded = foldBatchNorm(model);
      const merged = countOf(model, 'BatchNormalization') - countOf(folded, 'BatchNormalization');
      expect(folded.graph.nodes.length).toBe(model.graph.nodes.length - merged);
      expect(relativeDifference(before, await run(folded, feeds))).toBeLessThan(foldTolerance);

      const unfolded = unfoldBatchNorm(folded);
      expect(countOf(unfolded, 'BatchNormalization')).toBeGreaterThanOrEqual(countOf(folded, 'Conv'));
      expect(relativeDifference(before, await run(unfolded, feeds))).toBeLessThan(foldTolerance);
    },
  );

  it.each(modelFiles)(
    '%s: cut in the middle, both halves together do what the whole did',
    async (_name, path) => {
      const model = inferShapes(loadShared(path));
      const feeds = feedsOf(model);
      const before = await run(model, feeds);
      const { nodes } = model.graph;
      const outputs = model.graph.outputs.map(({ name }) => name);
      for (const share of [0.2, 0.5, 0.8]) {
        const value = nodes[Math.floor(nodes.length * share)]!.outputs[0]!;
        const head = extractSubgraph(model, [...new Set([value, ...outputs])]);
        const inner = await run(extractSubgraph(head, [value]), feeds);
        // The rest may read the input as well; the cut value is fed in any case.
        const inputs = [value, ...Object.keys(feeds)];
        const rest = extractSubgraph(model, outputs, inputs);
        expect(rest.graph.nodes.length).toBeLessThan(nodes.length);
        expect(isDeepStrictEqual(await run(rest, { ...feeds, ...inner }), before)).toBe(true);
      }
    },
  );
});
