import { ModelError } from '../errors.ts';
import { float32Tensor, int64Tensor } from '../onnx/dataTypes.ts';
import type { Tensor } from '../onnx/ir.ts';
import { readBatches, stretchesOf, type Batch } from './batches.ts';
import { checkCancelled } from './cancel.ts';
import { isWeighted, labelsInput, stepGraphOf, weightsInput } from './classifierStep.ts';
import { clipByGlobalNorm, globalNorm } from './clipping.ts';
import { FlopCounter } from './flopCounter.ts';
import { GradientMean } from './gradientMean.ts';
import { checkTrainable } from './labelledSet.ts';
import type { ChosenSamples } from './curriculum.ts';
import { measureClassifier } from './measure.ts';
import { AdamW } from './optimisers/adamW.ts';
import type { Optimiser, OptimiserState } from './optimisers/optimiser.ts';
import { Sgd } from './optimisers/sgd.ts';
import { readParameters, writeParameters, type Parameters } from './parameters.ts';
import { schedule } from './schedule.ts';
import type { Random } from '../random.ts';
import { shuffle } from './split.ts';
import { Step } from './step.ts';
import type { StepGraph } from './stepGraph.ts';
import type { Trained, TrainerOptions, TrainerSettings, Validated } from './trainerOptions.ts';
import { isBetter, type BestWeights, type EpochMetrics } from './trainerState.ts';
import { WeightAverage } from './weightAverage.ts';

/**
 * Trains a classifier. The order of the samples, and with it every number, depends on settings, data, model and random
 * source alone: a training resumed from any of its states ends in the same weights, bit for bit on one thread.
 * @throws ModelError `labelOutOfRange`, `classEmpty`, `oneClass`, `dataNotFinite`, `lossNotFinite`, `cancelled`, and
 *   as `stepGraphOf`
 */
export async function trainClassifier(options: TrainerOptions): Promise<Trained> {
  checkTrainable(options.train, options.labels);
  const graph = await stepGraphOf(options);
  const step = await Step.open(graph, options.session);
  try {
    return await new Trainer(options, graph, step).run();
  } finally {
    await step.dispose();
  }
}

class Trainer {
  private readonly options: TrainerOptions;
  private readonly settings: TrainerSettings;
  private readonly step: Step;
  private readonly parameters: ReadonlyMap<string, Float32Array>;
  private readonly optimiser: Optimiser;
  private readonly average: WeightAverage | null;
  private readonly stepFlops: FlopCounter;
  private readonly forwardFlops: FlopCounter;
  private epoch: number;
  private stepInEpoch: number;
  private chosen: ChosenSamples | null;
  private lossSum: number;
  private lossWeight: number;
  private best: BestWeights | null;
  private history: readonly EpochMetrics[];
  private flops: number;
  private weighed: { readonly chosen: ChosenSamples | null; readonly weights: ReadonlyMap<number, number> } =
    {
      chosen: null,
      weights: new Map(),
    };

  constructor(options: TrainerOptions, graph: StepGraph, step: Step) {
    const { settings, resumeFrom: from } = options;
    this.options = options;
    this.settings = settings;
    this.step = step;
    this.stepFlops = new FlopCounter(graph.model);
    this.forwardFlops = new FlopCounter(options.model);
    const names = options.parameters.filter((name) => graph.gradients.get(name));
    this.parameters = from ? pick(from.parameters, names) : readParameters(options.model, names);
    this.optimiser = optimiserOf(settings, from?.optimiser);
    const { averageDecay } = settings;
    this.average =
      averageDecay === undefined
        ? null
        : new WeightAverage(averageDecay, from?.average ?? copyOf(this.parameters));
    this.epoch = from?.epoch ?? 0;
    this.stepInEpoch = from?.stepInEpoch ?? 0;
    this.chosen = from?.chosen ?? null;
    this.lossSum = from?.lossSum ?? 0;
    this.lossWeight = from?.lossWeight ?? 0;
    this.best = from?.best ?? null;
    this.history = from?.history ?? [];
    this.flops = from?.flops ?? 0;
    if (from) options.objective?.restore?.(from.carried);
  }

  async run(): Promise<Trained> {
    try {
      while (this.epoch < this.settings.epochs && !this.isStale()) await this.runEpoch();
    } catch (thrown) {
      // What was done up to here is not lost to somebody who changes their mind.
      if (thrown instanceof ModelError && thrown.kind === 'cancelled') await this.save();
      throw thrown;
    }
    return { best: this.best!, history: this.history, flops: this.flopsSoFar() };
  }

  private async runEpoch(): Promise<void> {
    const { train, random, checkpoints, signal, turn, objective } = this.options;
    const { batch, microBatch = batch } = this.settings;
    const ownRandom = random.fork(`epoch ${this.epoch}`);
    const indices = await this.samplesOfEpoch();
    const order = shuffle(indices, ownRandom.fork('order'));
    const updates = stretchesOf(this.stepInEpoch * batch, order.length, batch);
    const micro = updates.map(({ start, end }) => stretchesOf(start, end, microBatch));
    const batches = readBatches(train, order, micro.flat(), ownRandom.fork('samples'));
    for (const { length } of micro) {
      await turn?.();
      checkCancelled(signal);
      const parts = await take(batches, length);
      const disturbances = ownRandom.fork(`step ${this.stepInEpoch}`);
      for (let replay = 0; replay < (objective?.replays ?? 1); replay++) {
        await this.update(parts, replay, disturbances.fork(replay));
      }
      if (this.stepInEpoch < this.stepsIn(this.epoch) && checkpoints?.due()) await this.save();
    }
    await this.endEpoch();
  }

  /** Chosen at the start of the epoch, and kept with the checkpoint from then on. */
  private async samplesOfEpoch(): Promise<readonly number[]> {
    const { train, curriculum } = this.options;
    if (!curriculum) return train.labels.map((_, index) => index);
    if (this.stepInEpoch === 0) {
      this.chosen = await curriculum.choose(this.epoch, this.parameters, this.chosen);
      const wanted = curriculum.sizeOf(this.epoch);
      const got = this.chosen.indices.length;
      if (got !== wanted) throw new Error(`${got} samples were chosen, not ${wanted}`);
    }
    return this.chosen!.indices;
  }

  /** One update from the batches that make it up. */
  private async update(parts: readonly Batch[], replay: number, random: Random): Promise<void> {
    const { objective } = this.options;
    const learningRate = this.learningRate();
    const weight = sum(parts.map((part) => this.weightOf(part)));
    const mean = new GradientMean();
    for (const [at, part] of parts.entries()) {
      const feeds = await this.feedsOf(part, at, replay, random.fork(at));
      const { loss, gradients } = await this.step
        .run(feeds, this.parameters)
        .catch((thrown: unknown) => Promise.reject(this.asLossError(thrown)));
      this.flops += this.stepFlops.of(feeds);
      const absorbed = objective?.absorbs ?? null;
      if (absorbed !== null) {
        objective!.absorb?.(at, gradients.get(absorbed)!);
        gradients.delete(absorbed);
      }
      mean.add(loss, gradients, this.weightOf(part) / weight);
    }
    const { loss, gradients } = mean;
    const { clipNorm } = this.settings;
    const norm = clipNorm === undefined ? globalNorm(gradients) : clipByGlobalNorm(gradients, clipNorm);
    if (!Number.isFinite(norm)) throw this.lossError();
    this.optimiser.step(this.parameters, gradients, learningRate);
    this.average?.update(this.parameters);
    this.lossSum += loss * weight;
    this.lossWeight += weight;
    if (replay + 1 === (objective?.replays ?? 1)) this.stepInEpoch += 1;
    this.tell(loss, learningRate);
  }

  private async endEpoch(): Promise<void> {
    const measured = await this.validate();
    this.flops += measured.flops ?? 0;
    if (!Number.isFinite(measured.loss)) throw this.lossError();
    const weights = this.average?.weights ?? this.parameters;
    if (!this.best || isBetter(measured, this.best)) {
      const { accuracy, loss, cost = null, excess = 0 } = measured;
      this.best = { epoch: this.epoch + 1, accuracy, loss, cost, excess, parameters: copyOf(weights) };
    }
    const metrics: EpochMetrics = {
      epoch: this.epoch + 1,
      step: this.stepsDone(),
      loss: this.lossSum / this.lossWeight,
      learningRate: this.learningRate(),
      validationLoss: measured.loss,
      validationAccuracy: measured.accuracy,
      ...(measured.figures ? { figures: measured.figures } : {}),
    };
    this.history = [...this.history, metrics];
    this.tell(metrics.loss, metrics.learningRate, metrics);
    this.epoch += 1;
    this.stepInEpoch = 0;
    this.lossSum = 0;
    this.lossWeight = 0;
    await this.save();
  }

  private validate(): Promise<Validated> {
    const weights = this.average?.weights ?? this.parameters;
    if (this.options.validate) return this.options.validate(weights);
    const { model, logits, labels, validation, session, signal } = this.options;
    const { batch, microBatch = batch } = this.settings;
    return measureClassifier(writeParameters(model, weights), validation, {
      logits,
      classes: labels.length,
      batch: microBatch,
      session,
      signal,
      onRun: (feeds) => (this.flops += this.forwardFlops.of(feeds)),
    });
  }

  private async feedsOf(
    { indices, feeds: samples }: Batch,
    part: number,
    replay: number,
    random: Random,
  ): Promise<Record<string, Tensor>> {
    const { train, objective } = this.options;
    const labels = indices.map((index) => train.labels[index]!);
    const disturbed =
      (await objective?.disturb({
        ...{ labels, feeds: samples, part, replay, random },
        parameters: this.parameters,
      })) ?? samples;
    const feeds: Record<string, Tensor> = {
      ...disturbed,
      [labelsInput]: int64Tensor([indices.length], labels),
    };
    if (isWeighted(this.options)) {
      const own = indices.map((index) => this.weightAt(index));
      feeds[weightsInput] = float32Tensor([own.length], own);
    }
    return feeds;
  }

  private weightOf({ indices }: Batch): number {
    return sum(indices.map((index) => this.weightAt(index)));
  }

  private weightAt(index: number): number {
    const own = this.options.train.weights?.[index] ?? 1;
    return own * (this.chosenWeights().get(index) ?? 1);
  }

  private chosenWeights(): ReadonlyMap<number, number> {
    if (this.weighed.chosen !== this.chosen) {
      const { indices, weights } = this.chosen!;
      this.weighed = {
        chosen: this.chosen,
        weights: new Map(indices.map((index, at) => [index, weights[at]!])),
      };
    }
    return this.weighed.weights;
  }

  private stepsIn(epoch: number): number {
    const { train, curriculum } = this.options;
    return Math.ceil((curriculum?.sizeOf(epoch) ?? train.labels.length) / this.settings.batch);
  }

  private stepsBefore(epoch: number): number {
    return sum(Array.from({ length: epoch }, (_, each) => this.stepsIn(each)));
  }

  private stepsDone(): number {
    return this.stepsBefore(this.epoch) + this.stepInEpoch;
  }

  private flopsSoFar(): number {
    const { train, validation, objective, curriculum } = this.options;
    const others = (objective?.flops() ?? 0) + (curriculum?.flops() ?? 0);
    return this.flops + train.source.flops() + validation.source.flops() + others;
  }

  private learningRate(): number {
    return schedule(this.settings.schedule)(this.stepsDone(), this.stepsBefore(this.settings.epochs));
  }

  private isStale(): boolean {
    const { patience } = this.settings;
    return patience !== undefined && this.best !== null && this.epoch - this.best.epoch >= patience;
  }

  private tell(loss: number, learningRate: number, metrics?: EpochMetrics): void {
    this.options.onProgress?.({
      epoch: this.epoch + 1,
      step: this.stepsDone(),
      steps: this.stepsBefore(this.settings.epochs),
      loss,
      learningRate,
      flops: this.flopsSoFar(),
      ...(metrics ? { metrics } : {}),
    });
  }

  private async save(): Promise<void> {
    const { epoch, stepInEpoch, chosen, lossSum, lossWeight, parameters, best, history } = this;
    await this.options.checkpoints?.save({
      ...{ epoch, stepInEpoch, chosen, lossSum, lossWeight, parameters, best, history },
      flops: this.flopsSoFar(),
      optimiser: this.optimiser.state(),
      average: this.average?.weights ?? null,
      carried: this.options.objective?.carried?.() ?? new Map(),
    });
  }

  private asLossError(thrown: unknown): unknown {
    return thrown instanceof ModelError && thrown.kind === 'outputNotFinite' ? this.lossError() : thrown;
  }

  private lossError(): ModelError {
    const params = { epoch: this.epoch + 1, step: this.stepsDone() + 1, learningRate: this.learningRate() };
    return new ModelError('lossNotFinite', params);
  }
}

async function take(batches: AsyncGenerator<Batch>, count: number): Promise<Batch[]> {
  const taken: Batch[] = [];
  for (let i = 0; i < count; i++) {
    const { value, done } = await batches.next();
    if (!done) taken.push(value);
  }
  return taken;
}

function optimiserOf({ optimiser }: TrainerSettings, from?: OptimiserState): Optimiser {
  return optimiser.kind === 'sgd' ? new Sgd(optimiser, from) : new AdamW(optimiser, from);
}

function pick(parameters: Parameters, names: readonly string[]): Map<string, Float32Array> {
  return new Map(
    names.map((name) => {
      const values = parameters.get(name);
      if (!values) throw new ModelError('checkpointUnreadable', { name });
      return [name, values];
    }),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function copyOf(parameters: Parameters): Map<string, Float32Array> {
  return new Map([...parameters].map(([name, values]) => [name, values.slice()]));
}
