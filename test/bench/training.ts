import { cpus } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { systemClock } from '../../electron/platform/clock.ts';
import { countModel } from '../../native-models/onnx/count.ts';
import { elementCount, float32Tensor, int64Tensor } from '../../native-models/onnx/dataTypes.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import type { Model, Tensor } from '../../native-models/onnx/ir.ts';
import { discoverModules } from '../../native-models/onnx/modules.ts';
import { parameterNames } from '../../native-models/onnx/parameters.ts';
import { extractSubgraph } from '../../native-models/onnx/passes/extractSubgraph.ts';
import { fixDimensions } from '../../native-models/onnx/passes/fixDimensions.ts';
import { writeModel } from '../../native-models/onnx/write.ts';
import { seededRandom } from '../../native-models/random.ts';
import { openSession } from '../../native-models/runtime/session.ts';
import {
  chooseFormulations,
  type FormulationMemory,
} from '../../native-models/training/formulationMemory.ts';
import { adaptModel } from '../../native-models/training/adaptation.ts';
import { parseLayerPolicy } from '../../native-models/training/layers/policy.ts';
import { crossEntropy } from '../../native-models/training/losses/crossEntropy.ts';
import { Sgd } from '../../native-models/training/optimisers/sgd.ts';
import { initializersAsInputs, readParameters } from '../../native-models/training/parameters.ts';
import { Step } from '../../native-models/training/step.ts';
import {
  buildStepGraph,
  type StepGraph,
  type StepGraphOptions,
} from '../../native-models/training/stepGraph.ts';
import { sharedPath } from '../support/shared.ts';
import type { StepMemory } from '../support/stepMemory.ts';
import { quantile, timed, type Figure } from './figure.ts';
import { profileLines } from './profile.ts';

const batch = 16;
const warmUps = 3;
const rounds = 7;

interface Network {
  readonly name: string;
  readonly path: string | null;
  readonly side: number;
  /** Step over forward that the design asks for. */
  readonly goal: number;
}

const networks: readonly Network[] = [
  {
    name: 'narrow ResNet',
    path: sharedPath('oracles', 'fixtures', 'resnet18_narrow_torchscript.onnx'),
    side: 64,
    goal: 3.3,
  },
  {
    name: 'MobileNetV2',
    path: sharedPath('onnx', 'mobilenet_v2_1.0_224_f32.onnx'),
    side: 224,
    goal: 4,
  },
];

/** What a training step costs beside onnxruntime's forward pass of the same batch, on one thread and on two. */
export async function benchTraining(root: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const network of networks) {
    if (network.path === null) continue;
    for (const threads of [1, 2]) {
      const bench = await open(network, network.path, threads);
      figures.push(
        ...(await wholeStep(bench, network, root)),
        await fedForward(bench, network),
        await inputGradient(bench, network),
      );
      if (threads === 1) {
        figures.push(...(await lastModules(bench, network)), ...(await layerPolicies(bench, network)));
      }
    }
    figures.push(memory(network, network.path));
  }
  return figures;
}

interface Bench {
  readonly model: Model;
  readonly threads: number;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly forward: Awaited<ReturnType<typeof openSession>>;
}

async function open({ side }: Network, path: string, threads: number): Promise<Bench> {
  const model = fixed(extractSubgraph(await loadModelFile(path), ['logits']));
  const dims = [batch, 3, side, side];
  const random = seededRandom(1);
  const pixels = Float32Array.from({ length: elementCount(dims) }, () => random.uniform());
  const labels = Array.from({ length: batch }, (_, i) => i % classesOf(model));
  return {
    model,
    threads,
    feeds: { input: float32Tensor(dims, pixels), labels: int64Tensor([batch], labels) },
    forward: await openSession(writeModel(model), { threads }),
  };
}

function fixed(model: Model): Model {
  const symbol = model.graph.inputs[0]!.shape![0];
  return typeof symbol === 'string' ? fixDimensions(model, { [symbol]: batch }) : model;
}

const classesOf = (model: Model) => model.graph.outputs[0]!.shape![1] as number;

/** The step graph in the formulations that are fastest here; measured at the first call for a network. */
async function stepGraph(
  { model, threads }: Bench,
  options: Pick<StepGraphOptions, 'parameters' | 'inputs'>,
): Promise<StepGraph> {
  const write = (formulations: StepGraphOptions['formulations']) =>
    buildStepGraph(model, {
      ...options,
      ...(formulations ? { formulations } : {}),
      loss: (g) => crossEntropy(g, 'logits', g.input('labels', 'int64', [batch]), classesOf(model)),
    });
  const chosen = await chooseFormulations(write, {
    session: { threads },
    processor: cpus()[0]?.model ?? '',
    store: remembered,
    random: seededRandom(1),
    nowMs: () => systemClock.monotonicMs(),
  });
  return write(chosen);
}

let memoryOfThisRun: FormulationMemory = {};
const remembered = {
  load: () => Promise.resolve(memoryOfThisRun),
  save: (memory: FormulationMemory) => {
    memoryOfThisRun = memory;
    return Promise.resolve();
  },
};

/** Forward, backward and update of all layers. */
async function wholeStep(bench: Bench, network: Network, root: string): Promise<Figure[]> {
  const { threads, model } = bench;
  const graph = await stepGraph(bench, { parameters: parameterNames(model.graph) });
  const { ratio, stepMs, forwardMs } = await compare(bench, graph);
  const figure: Figure = {
    name: `${network.name}, step over forward, ${threadsOf(threads)}`,
    value: ratio,
    unit: '×',
    goal: { below: network.goal },
    note: `${stepMs.toFixed(1)} ms against ${forwardMs.toFixed(1)} ms, batch ${batch}`,
  };
  if (ratio >= network.goal) {
    const step = await profiled(bench, graph, join(root, `${network.side}-${threads}`));
    console.log(`   where the time of the ${network.name} step goes, ${threadsOf(threads)}:`);
    for (const line of step) console.log(`     ${line}`);
  }
  return [figure];
}

const threadsOf = (threads: number) => (threads === 1 ? '1 thread' : `${threads} threads`);

async function compare({ model, threads, feeds, forward }: Bench, graph: StepGraph) {
  const step = await Step.open(graph, { threads });
  const names = [...graph.gradients.keys()].filter((name) => model.graph.initializers.has(name));
  const parameters = readParameters(model, names);
  const optimiser = new Sgd({ momentum: 0.9 });
  const [forwardMs, stepMs] = await medians(
    () => forward.run({ input: feeds['input']! }),
    async () => {
      const { gradients } = await step.run(feeds, parameters);
      // So small a rate that hundreds of steps on noise stay finite.
      optimiser.step(parameters, gradients, 1e-6);
    },
  );
  await step.dispose();
  return { forwardMs, stepMs, ratio: stepMs / forwardMs };
}

/** Of two pieces of work, in ms, done in turn, so that a machine that slows down slows both. */
async function medians(
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<[number, number]> {
  const [ones, others]: [number[], number[]] = [[], []];
  for (let round = -warmUps; round < rounds; round++) {
    const oneMs = await timed(one);
    const otherMs = await timed(other);
    if (round < 0) continue;
    ones.push(oneMs);
    others.push(otherMs);
  }
  return [quantile(ones, 0.5), quantile(others, 0.5)];
}

async function profiled({ model, threads, feeds }: Bench, graph: StepGraph, prefix: string) {
  const step = await Step.open(graph, { threads, profilePrefix: prefix });
  const parameters = readParameters(model, parameterNames(model.graph));
  for (let run = 0; run < 2 * warmUps; run++) await step.run(feeds, parameters);
  await step.dispose();
  return profileLines(prefix, warmUps);
}

/**
 * What every step pays before anything is differentiated: onnxruntime lays the weights of convolutions out for the
 * processor, once, when it loads them as constants, and cannot where they are fed.
 */
async function fedForward({ model, threads, feeds, forward }: Bench, { name }: Network): Promise<Figure> {
  const names = parameterNames(model.graph);
  const images = { input: feeds['input']! };
  const weights = Object.fromEntries(names.map((each) => [each, model.graph.initializers.get(each)!]));
  const fed = await openSession(writeModel(initializersAsInputs(model, names)), { threads });
  const [plainMs, fedMs] = await medians(
    () => forward.run(images),
    () => fed.run({ ...images, ...weights }),
  );
  await fed.dispose();
  return {
    name: `${name}, forward with its weights fed over forward, ${threadsOf(threads)}`,
    value: fedMs / plainMs,
    unit: '×',
    note: `${fedMs.toFixed(1)} ms`,
  };
}

/** What an attack or an explanation needs: no parameter trains, so no weight gradient is computed. */
async function inputGradient(bench: Bench, network: Network): Promise<Figure> {
  const graph = await stepGraph(bench, { parameters: [], inputs: ['input'] });
  const { ratio, stepMs } = await compare(bench, graph);
  return {
    name: `${network.name}, gradient of the image over forward, ${threadsOf(bench.threads)}`,
    value: ratio,
    unit: '×',
    note: `${stepMs.toFixed(1)} ms`,
  };
}

/** Whether the time of training the last k modules alone is in proportion to the operations of its graph. */
async function lastModules(bench: Bench, network: Network): Promise<Figure[]> {
  const modules = discoverModules(bench.model).filter(
    ({ kind, parameters }) => (kind === 'convolution' || kind === 'linear') && parameters.length > 0,
  );
  const counts = [...new Set([1, 2, 4, 8, 16, modules.length])].filter((k) => k <= modules.length);
  const rows: { k: number; flops: number; stepMs: number }[] = [];
  for (const k of counts) {
    const parameters = [...new Set(modules.slice(-k).flatMap((module) => module.parameters))];
    const graph = await stepGraph(bench, { parameters });
    const { flops } = countModel(graph.model);
    rows.push({ k, flops, stepMs: (await compare(bench, graph)).stepMs });
  }
  const whole = rows.at(-1)!;
  return rows.slice(0, -1).map(({ k, flops, stepMs }) => ({
    name: `${network.name}, last ${k} of ${modules.length} modules: time beside operations`,
    value: 100 * Math.abs((stepMs / whole.stepMs) * (whole.flops / flops) - 1),
    unit: '%',
    goal: { below: 15 },
    note: `${(stepMs / whole.stepMs).toFixed(3)} of the time, ${(flops / whole.flops).toFixed(3)} of the operations`,
  }));
}

/** The same for the other policies of choosing layers, beside training everything. */
async function layerPolicies(bench: Bench, { name }: Network): Promise<Figure[]> {
  const measure = async (policy: string) => {
    const random = seededRandom(1);
    const adapted = adaptModel(bench.model, parseLayerPolicy(policy), { random, outputs: ['logits'] });
    const own = { ...bench, model: adapted.model };
    const graph = await stepGraph(own, { parameters: adapted.parameters });
    return { flops: countModel(graph.model).flops, stepMs: (await compare(own, graph)).stepMs };
  };
  const whole = await measure('all');
  const figures: Figure[] = [];
  for (const policy of ['head', 'first-block', 'lora:4', 'random:0.3']) {
    const { flops, stepMs } = await measure(policy);
    figures.push({
      name: `${name}, layers ${policy}: step over a step of all layers`,
      value: stepMs / whole.stepMs,
      unit: '×',
      note: `${(flops / whole.flops).toFixed(3)} of the operations`,
    });
  }
  return figures;
}

/** Peak of the process over its size before the first step, beside what the graph's values take at their peak. */
function memory({ name, side }: Network, path: string): Figure {
  const program = join(import.meta.dirname, '../support/stepMemory.ts');
  const run = spawnSync(process.execPath, [program, path, String(batch), String(side), 'kept'], {
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(run.stderr);
  const { peakBytes, plannedBytes } = JSON.parse(run.stdout) as StepMemory;
  return {
    name: `${name}, peak memory of a step, 1 thread`,
    value: peakBytes / 2 ** 20,
    unit: 'MB',
    note: `${(plannedBytes / 2 ** 20).toFixed(0)} MB by the shapes of the graph`,
  };
}
