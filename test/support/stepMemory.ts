/**
 * Runs three training steps of a model in a process of its own and prints what they took, as JSON:
 * `node test/support/stepMemory.ts MODEL.onnx BATCH SIZE kept|recomputed [disabled|all]`, the last being how
 * far onnxruntime may rewrite the graph.
 */
import { readFileSync } from 'node:fs';
import { countModel } from '../../native-models/onnx/count.ts';
import { float32Tensor, int64Tensor } from '../../native-models/onnx/dataTypes.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import { parameterNames } from '../../native-models/onnx/parameters.ts';
import { extractSubgraph } from '../../native-models/onnx/passes/extractSubgraph.ts';
import { seededRandom } from '../../native-models/random.ts';
import { globalNorm } from '../../native-models/training/clipping.ts';
import { crossEntropy } from '../../native-models/training/losses/crossEntropy.ts';
import { readParameters } from '../../native-models/training/parameters.ts';
import { recomputeForLeastMemory } from '../../native-models/training/recompute.ts';
import { buildStepGraph } from '../../native-models/training/stepGraph.ts';
import { Step } from '../../native-models/training/step.ts';

export interface StepMemory {
  readonly loss: number;
  /** Euclidean length of each gradient. */
  readonly norms: Readonly<Record<string, number>>;
  /** Most memory of the process beyond what it held before the first step. */
  readonly peakBytes: number;
  /** Most bytes of values alive at one time, by the shapes of the graph. */
  readonly plannedBytes: number;
  /** Of the fastest step. */
  readonly durationMs: number;
}

const [path, batchText, sizeText, mode, rewriting = 'all'] = process.argv.slice(2);
const optimisation = rewriting === 'disabled' ? 'disabled' : 'all';
const [batch, size] = [Number(batchText), Number(sizeText)];
const model = extractSubgraph(await loadModelFile(path!), ['logits']);
const classes = model.graph.outputs[0]!.shape![1] as number;
const parameters = parameterNames(model.graph);
const plain = buildStepGraph(model, {
  parameters,
  loss: (g) => crossEntropy(g, 'logits', g.input('labels', 'int64', ['labels']), classes),
});
const shapes = { input: [batch, 3, size, size], labels: [batch] };
const graph = mode === 'recomputed' ? recomputeForLeastMemory(plain, model, shapes) : plain;
const step = await Step.open(graph, { threads: 1, memory: 'size', optimisation });
const random = seededRandom(1);
const feeds = {
  input: float32Tensor(
    [batch, 3, size, size],
    Float32Array.from({ length: batch * 3 * size * size }, () => random.uniform()),
  ),
  labels: int64Tensor(
    [batch],
    Array.from({ length: batch }, (_, i) => i % classes),
  ),
};
const values = readParameters(model, parameters);
const before = memoryBytes('VmRSS');
let durationMs = Infinity;
let result = await step.run(feeds, values);
for (let i = 0; i < 2; i++) {
  const start = performance.now();
  result = await step.run(feeds, values);
  durationMs = Math.min(durationMs, performance.now() - start);
}
const norms = Object.fromEntries(
  [...result.gradients].map(([name, own]) => [name, globalNorm(new Map([[name, own]]))]),
);
const peakBytes = memoryBytes('VmHWM') - before;
const plannedBytes = countModel(graph.model, shapes).peakActivationBytes;
const report: StepMemory = { loss: result.loss, norms, peakBytes, plannedBytes, durationMs };
process.stdout.write(JSON.stringify(report));

function memoryBytes(field: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))![1];
  return Number(kilobytes) * 1024;
}
