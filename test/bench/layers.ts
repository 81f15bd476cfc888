import { join } from 'node:path';
import { countModel } from '../../native-models/onnx/count.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import type { Model } from '../../native-models/onnx/ir.ts';
import { extractSubgraph } from '../../native-models/onnx/passes/extractSubgraph.ts';
import { fixDimensions } from '../../native-models/onnx/passes/fixDimensions.ts';
import { seededRandom } from '../../native-models/random.ts';
import { adaptModel, type Adaptation } from '../../native-models/training/adaptation.ts';
import { withHead } from '../../native-models/training/head.ts';
import { describeTrainable } from '../../native-models/training/layers/groups.ts';
import { parseLayerPolicy } from '../../native-models/training/layers/policy.ts';
import { layersByScore, scoreLayers } from '../../native-models/training/robust/layerPlan.ts';
import { sharedPath } from '../support/shared.ts';
import type { Figure } from './figure.ts';
import {
  classesOf,
  compareTimes,
  openBench,
  openStep,
  profiledStep,
  stepGraph,
  type Bench,
} from './support/stepBench.ts';

interface Network {
  readonly name: string;
  readonly path: string | null;
  readonly side: number;
  /** Output to put a head of two classes on; absent = it has one. */
  readonly features?: string;
}

const starter = join(import.meta.dirname, '../../native-models/models/starterBackbone.onnx');

const networks: readonly Network[] = [
  { name: 'MobileNetV1', path: sharedPath('onnx', 'mobilenet_v1_0.25_128_f32.onnx'), side: 128 },
  { name: 'MobileNetV2', path: sharedPath('onnx', 'mobilenet_v2_1.0_224_f32.onnx'), side: 224 },
  { name: 'starter', path: starter, side: 304, features: 'patch' },
];

/** Time over that of a whole step may be above FLOPs over those of a whole step by so much (design). */
const tolerance = 1.15;
const budgets = [0.5, 0.85];
const lastCounts = [1, 2, 4, 8, 16];

/**
 * Whether a policy of layers saves the time that its operations say: step by step in turn with a step that trains
 * everything, on one thread.
 */
export async function benchLayers(root: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const network of networks) {
    if (network.path === null) continue;
    const model = await classifierOf(network, network.path);
    const bench = await openBench(model, network.side, 1);
    const adapted = await adaptations(bench, model);
    figures.push(...(await policies(bench, adapted, network.name, join(root, network.name))));
    await bench.forward.dispose();
  }
  return figures;
}

async function classifierOf({ features, side }: Network, path: string): Promise<Model> {
  const model = await loadModelFile(path);
  if (features === undefined) return extractSubgraph(model, ['logits']);
  const { model: classifier, head } = withHead(extractSubgraph(model, [features]), 2);
  return fixDimensions(extractSubgraph(classifier, [head.logits]), { height: side, width: side });
}

async function policies(
  bench: Bench,
  adapted: ReadonlyMap<string, Adaptation>,
  network: string,
  prefix: string,
): Promise<Figure[]> {
  const whole = await openPolicy(bench, adapt(bench.model, 'all'));
  const figures: Figure[] = [];
  for (const [policy, adaptation] of adapted) {
    const own = await openPolicy(bench, adaptation);
    const { oneMs, otherMs, ratio } = await compareTimes(whole.step.run, own.step.run);
    await own.step.dispose();
    const flops = own.flops / whole.flops;
    const beside = ratio / flops;
    figures.push({
      name: `${network}, ${policy}: time over operations`,
      value: beside,
      unit: '×',
      goal: { below: tolerance },
      note:
        `${ratio.toFixed(3)} of a whole step's time (${otherMs.toFixed(1)} of ${oneMs.toFixed(1)} ms), ` +
        `${flops.toFixed(3)} of its operations (${(own.flops / 1e9).toFixed(2)} of ${(whole.flops / 1e9).toFixed(2)} GFLOP)`,
    });
    if (beside < tolerance) continue;
    console.log(`   where the time of ${network}, ${policy} goes:`);
    const lines = await profiledStep(
      { ...bench, model: adaptation.model },
      own.graph,
      `${prefix}-${figures.length}`,
    );
    for (const line of lines) console.log(`     ${line}`);
  }
  await whole.step.dispose();
  return figures;
}

/** Every policy there is, made ready to train. `auto` and `recover-clean` choose by the gradients of the batch itself. */
async function adaptations(
  { model, input, feeds, threads }: Bench,
  ofAnyBatch: Model,
): Promise<ReadonlyMap<string, Adaptation>> {
  const outputs = ['logits'];
  const scored = await scoreLayers({
    ...{ model: ofAnyBatch, input, outputs, logits: 'logits', classes: classesOf(model) },
    session: { threads },
    parts: [{ images: feeds[input]!, labels: [...(feeds['labels']!.data as BigInt64Array)].map(Number) }],
  });
  const byScore = (policy: 'auto' | 'recover-clean', budget: number) => {
    const names = layersByScore(policy, scored, budget).flatMap(({ parameters }) => parameters);
    return adaptModel(model, { kind: 'names', names }, { random: seededRandom(1), outputs });
  };
  const { groups } = describeTrainable(model);
  const counts = lastCounts.filter((count) => count < groups.length);
  const plain = ['head', 'first-block', 'lora:4', 'random:0.3', ...counts.map((count) => `last-k:${count}`)];
  return new Map([
    ...plain.map((policy) => [policy, adapt(model, policy)] as const),
    ...budgets.map((budget) => [`auto ${budget}`, byScore('auto', budget)] as const),
    ['recover-clean', byScore('recover-clean', 1)],
  ]);
}

function adapt(model: Model, policy: string): Adaptation {
  return adaptModel(model, parseLayerPolicy(policy), { random: seededRandom(1), outputs: ['logits'] });
}

async function openPolicy(bench: Bench, { model, parameters }: Adaptation) {
  const own = { ...bench, model };
  const graph = await stepGraph(own, { parameters });
  return { graph, step: await openStep(own, graph), flops: countModel(graph.model).flops };
}
