import { cpus } from 'node:os';
import { systemClock } from '../../../electron/platform/clock.ts';
import { elementCount, float32Tensor, int64Tensor } from '../../../native-models/onnx/dataTypes.ts';
import type { Model, Tensor } from '../../../native-models/onnx/ir.ts';
import { fixDimensions } from '../../../native-models/onnx/passes/fixDimensions.ts';
import { writeModel } from '../../../native-models/onnx/write.ts';
import { seededRandom } from '../../../native-models/random.ts';
import { openSession } from '../../../native-models/runtime/session.ts';
import {
  chooseFormulations,
  type FormulationMemory,
} from '../../../native-models/training/formulationMemory.ts';
import { crossEntropy } from '../../../native-models/training/losses/crossEntropy.ts';
import { Sgd } from '../../../native-models/training/optimisers/sgd.ts';
import { readParameters } from '../../../native-models/training/parameters.ts';
import { Step } from '../../../native-models/training/step.ts';
import {
  buildStepGraph,
  type StepGraph,
  type StepGraphOptions,
} from '../../../native-models/training/stepGraph.ts';
import { quantile, timed } from '../figure.ts';
import { profileLines } from '../profile.ts';

export const batch = 16;
const warmUps = 3;
const rounds = 7;

/** A network with a batch of noise to train on, and onnxruntime's forward pass of the same. */
export interface Bench {
  readonly model: Model;
  /** Name of the images. */
  readonly input: string;
  readonly threads: number;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly forward: Awaited<ReturnType<typeof openSession>>;
}

/** @param whole a classifier with one input and the output `logits` alone */
export async function openBench(whole: Model, side: number, threads: number): Promise<Bench> {
  const model = fixed(whole);
  const dims = [batch, 3, side, side];
  const random = seededRandom(1);
  const pixels = Float32Array.from({ length: elementCount(dims) }, () => random.uniform());
  const labels = Array.from({ length: batch }, (_, i) => i % classesOf(model));
  const input = model.graph.inputs[0]!.name;
  return {
    ...{ model, input, threads },
    feeds: { [input]: float32Tensor(dims, pixels), labels: int64Tensor([batch], labels) },
    forward: await openSession(writeModel(model), { threads }),
  };
}

function fixed(model: Model): Model {
  const symbol = model.graph.inputs[0]!.shape![0];
  return typeof symbol === 'string' ? fixDimensions(model, { [symbol]: batch }) : model;
}

export const classesOf = (model: Model) => model.graph.outputs[0]!.shape![1] as number;

export const threadsOf = (threads: number) => (threads === 1 ? '1 thread' : `${threads} threads`);

/** The step graph in the formulations that are fastest here; measured at the first call for a network. */
export async function stepGraph(
  { model, threads }: Pick<Bench, 'model' | 'threads'>,
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

/** A step that can be run again and again: gradients, and the update of what trains. */
export interface OpenStep {
  readonly run: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** @param profilePrefix of onnxruntime's profile; absent = none */
export async function openStep(
  { model, threads, feeds }: Pick<Bench, 'model' | 'threads' | 'feeds'>,
  graph: StepGraph,
  profilePrefix?: string,
): Promise<OpenStep> {
  const step = await Step.open(graph, { threads, ...(profilePrefix ? { profilePrefix } : {}) });
  const names = [...graph.gradients.keys()].filter((name) => model.graph.initializers.has(name));
  const parameters = readParameters(model, names);
  const optimiser = new Sgd({ momentum: 0.9 });
  return {
    run: async () => {
      const { gradients } = await step.run(feeds, parameters);
      // So small a rate that hundreds of steps on noise stay finite.
      optimiser.step(parameters, gradients, 1e-6);
    },
    dispose: () => step.dispose(),
  };
}

/** Of two pieces of work done in turn, so that a machine that slows down slows both. */
export interface Compared {
  /** Medians. */
  readonly oneMs: number;
  readonly otherMs: number;
  /** Median of the second's time over the first's just before it. */
  readonly ratio: number;
}

export async function compareTimes(
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<Compared> {
  const [ones, others]: [number[], number[]] = [[], []];
  for (let round = -warmUps; round < rounds; round++) {
    const oneMs = await timed(one);
    const otherMs = await timed(other);
    if (round < 0) continue;
    ones.push(oneMs);
    others.push(otherMs);
  }
  const ratios = others.map((ms, round) => ms / ones[round]!);
  return { oneMs: quantile(ones, 0.5), otherMs: quantile(others, 0.5), ratio: quantile(ratios, 0.5) };
}

/** Where the time of a step goes, by operator, most first. @param prefix of files to write */
export async function profiledStep(bench: Bench, graph: StepGraph, prefix: string): Promise<string[]> {
  const step = await openStep(bench, graph, prefix);
  for (let run = 0; run < 2 * warmUps; run++) await step.run();
  await step.dispose();
  return profileLines(prefix, warmUps);
}
