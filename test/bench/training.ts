import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import { parameterNames } from '../../native-models/onnx/parameters.ts';
import { extractSubgraph } from '../../native-models/onnx/passes/extractSubgraph.ts';
import { writeModel } from '../../native-models/onnx/write.ts';
import { openSession } from '../../native-models/runtime/session.ts';
import { initializersAsInputs } from '../../native-models/training/parameters.ts';
import type { StepGraph } from '../../native-models/training/stepGraph.ts';
import { sharedPath } from '../support/shared.ts';
import type { StepMemory } from '../support/stepMemory.ts';
import { quantile, timed, type Figure } from './figure.ts';
import { besidePyTorch, hasPyTorch } from './support/pytorchStep.ts';
import {
  batch,
  compareTimes,
  openBench,
  openStep,
  profiledStep,
  stepGraph,
  threadsOf,
  type Bench,
} from './support/stepBench.ts';

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
      const model = extractSubgraph(await loadModelFile(network.path), ['logits']);
      const bench = await openBench(model, network.side, threads);
      figures.push(
        ...(await wholeStep(bench, network, root)),
        ...(await overPyTorch(bench, network)),
        await fedForward(bench, network),
        await inputGradient(bench, network),
      );
    }
    figures.push(memory(network, network.path));
  }
  return figures;
}

/** Forward, backward and update of all layers. */
async function wholeStep(bench: Bench, network: Network, root: string): Promise<Figure[]> {
  const { threads, model } = bench;
  const graph = await stepGraph(bench, { parameters: parameterNames(model.graph) });
  const { ratio, oneMs: forwardMs, otherMs: stepMs } = await overForward(bench, graph);
  const figure: Figure = {
    name: `${network.name}, step over forward, ${threadsOf(threads)}`,
    value: ratio,
    unit: '×',
    goal: { below: network.goal },
    note: `${stepMs.toFixed(1)} ms against ${forwardMs.toFixed(1)} ms, batch ${batch}`,
  };
  if (ratio >= network.goal) {
    const step = await profiledStep(bench, graph, join(root, `${network.side}-${threads}`));
    console.log(`   where the time of the ${network.name} step goes, ${threadsOf(threads)}:`);
    for (const line of step) console.log(`     ${line}`);
  }
  return [figure];
}

/** The same step in PyTorch, in whichever of its layouts is the faster one. */
async function overPyTorch(bench: Bench, { name, path, side }: Network): Promise<Figure[]> {
  const { threads, model } = bench;
  if (!hasPyTorch()) {
    console.log('   skipped: a step beside PyTorch needs Python with torch and onnx (KENRO_PYTHON)');
    return [];
  }
  const step = await openStep(bench, await stepGraph(bench, { parameters: parameterNames(model.graph) }));
  const { ownMs, torchMs } = await besidePyTorch(path!, side, threads, () => timed(step.run));
  await step.dispose();
  const own = quantile(ownMs, 0.5);
  const torch = Object.entries(torchMs).map(([layout, all]) => ({ layout, ms: quantile(all, 0.5) }));
  const note = torch.map(({ layout, ms }) => `${layout} ${ms.toFixed(1)} ms`).join(', ');
  return [
    {
      name: `${name}, step over PyTorch's, ${threadsOf(threads)}`,
      value: own / Math.min(...torch.map(({ ms }) => ms)),
      unit: '×',
      goal: { below: 1 },
      note: `${own.toFixed(1)} ms; PyTorch ${note}`,
    },
  ];
}

async function overForward(bench: Bench, graph: StepGraph) {
  const step = await openStep(bench, graph);
  const images = { [bench.input]: bench.feeds[bench.input]! };
  const times = await compareTimes(() => bench.forward.run(images), step.run);
  await step.dispose();
  return times;
}

/**
 * What every step pays before anything is differentiated: onnxruntime lays the weights of convolutions out for the
 * processor, once, when it loads them as constants, and cannot where they are fed.
 */
async function fedForward(
  { model, input, threads, feeds, forward }: Bench,
  { name }: Network,
): Promise<Figure> {
  const names = parameterNames(model.graph);
  const images = { [input]: feeds[input]! };
  const weights = Object.fromEntries(names.map((each) => [each, model.graph.initializers.get(each)!]));
  const fed = await openSession(writeModel(initializersAsInputs(model, names)), { threads });
  const { ratio, otherMs } = await compareTimes(
    () => forward.run(images),
    () => fed.run({ ...images, ...weights }),
  );
  await fed.dispose();
  return {
    name: `${name}, forward with its weights fed over forward, ${threadsOf(threads)}`,
    value: ratio,
    unit: '×',
    note: `${otherMs.toFixed(1)} ms`,
  };
}

/** What an attack or an explanation needs: no parameter trains, so no weight gradient is computed. */
async function inputGradient(bench: Bench, network: Network): Promise<Figure> {
  const graph = await stepGraph(bench, { parameters: [], inputs: [bench.input] });
  const { ratio, otherMs } = await overForward(bench, graph);
  return {
    name: `${network.name}, gradient of the image over forward, ${threadsOf(bench.threads)}`,
    value: ratio,
    unit: '×',
    note: `${otherMs.toFixed(1)} ms`,
  };
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
