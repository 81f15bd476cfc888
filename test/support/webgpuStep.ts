/**
 * One training step on the CPU and on WebGPU, in a process of its own: the Vulkan loader is found when a process
 * starts, and a provider that crashes takes nothing else with it.
 *
 *   node test/support/webgpuStep.ts MODEL.onnx BATCH SIZE   prints a StepComparison as JSON
 *   node test/support/webgpuStep.ts                         ends with 0 where WebGPU can be had
 */
import { GraphBuilder } from '../../native-models/onnx/build.ts';
import { float32Tensor, int64Tensor } from '../../native-models/onnx/dataTypes.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import { parameterNames } from '../../native-models/onnx/parameters.ts';
import { fixDimensions } from '../../native-models/onnx/passes/fixDimensions.ts';
import { writeModel } from '../../native-models/onnx/write.ts';
import { seededRandom } from '../../native-models/random.ts';
import { openSession, type Provider } from '../../native-models/runtime/session.ts';
import { crossEntropy } from '../../native-models/training/losses/crossEntropy.ts';
import { readParameters } from '../../native-models/training/parameters.ts';
import { Step, type StepResult } from '../../native-models/training/step.ts';
import { buildStepGraph } from '../../native-models/training/stepGraph.ts';

export interface StepComparison {
  readonly cpuLoss: number;
  readonly webgpuLoss: number;
  /** By parameter or input: length of the difference, and of the gradient on the CPU. */
  readonly gradients: Readonly<Record<string, { readonly difference: number; readonly length: number }>>;
}

const [file, batch, size] = process.argv.slice(2);
if (file === undefined) await probe();
else process.stdout.write(JSON.stringify(await compare(file, Number(batch), Number(size))));

async function probe(): Promise<void> {
  const g = new GraphBuilder();
  g.output(g.op('Relu', [g.input('x', 'float32', [4])]), 'float32');
  const session = await openSession(writeModel(g.model('probe')), { provider: 'webgpu' });
  await session.run({ x: float32Tensor([4], [-1, 0, 1, 2]) });
  await session.dispose();
}

async function compare(path: string, count: number, side: number): Promise<StepComparison> {
  const model = fixDimensions(await loadModelFile(path), { batch: count });
  const classes = model.graph.outputs[0]!.shape![1] as number;
  const names = parameterNames(model.graph).filter((name) => !name.includes('running_'));
  const graph = buildStepGraph(model, {
    parameters: names,
    inputs: ['input'],
    loss: (g) => crossEntropy(g, 'logits', g.input('labels', 'int64', [count]), classes),
  });
  const random = seededRandom(5);
  const dims = [count, 3, side, side];
  const pixels = Float32Array.from({ length: count * 3 * side * side }, () => random.uniform());
  const feeds = {
    input: float32Tensor(dims, pixels),
    labels: int64Tensor(
      [count],
      Array.from({ length: count }, (_, i) => i % classes),
    ),
  };
  const run = async (provider: Provider): Promise<StepResult> => {
    const step = await Step.open(graph, { provider, threads: 1 });
    try {
      return await step.run(feeds, readParameters(model, names));
    } finally {
      await step.dispose();
    }
  };
  const cpu = await run('cpu');
  const webgpu = await run('webgpu');
  const gradients = [...cpu.gradients].map(([name, values]) => {
    const other = webgpu.gradients.get(name)!;
    const difference = lengthOf(values.map((value, i) => value - other[i]!));
    return [name, { difference, length: lengthOf(values) }] as const;
  });
  return { cpuLoss: cpu.loss, webgpuLoss: webgpu.loss, gradients: Object.fromEntries(gradients) };
}

function lengthOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
