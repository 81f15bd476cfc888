import { ModelError } from '../errors.ts';
import { float32Tensor, int64Tensor } from '../onnx/dataTypes.ts';
import type { Tensor } from '../onnx/ir.ts';
import { readBatches, stretchesOf, type Batch } from './batches.ts';
import { checkCancelled } from './cancel.ts';
import { labelsInput, stepGraphOf, weightsInput } from './classifierStep.ts';
import { clipByGlobalNorm, globalNorm } from './clipping.ts';
import { FlopCounter } from './flopCounter.ts';
import { GradientMean } from './gradientMean.ts';
import { checkTrainable } from './labelledSet.ts';
import { measureClassifier, type Measured } from './measure.ts';
import { AdamW } from './optimisers/adamW.ts';
import type { Optimiser, OptimiserState } from './optimisers/optimiser.ts';
import { Sgd } from './optimisers/sgd.ts';
import { readParameters, writeParameters, type Parameters } from './parameters.ts';
import { schedule } from './schedule.ts';
import { shuffle } from './split.ts';
import { Step } from './step.ts';
import type { StepGraph } from './stepGraph.ts';
import type { Trained, TrainerOptions, TrainerSettings } from './trainerOptions.ts';
import type { BestWeights, EpochMetrics } from './trainerState.ts';
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
  private readonly stepsPerEpoch: number;
  private readonly stepFlops: FlopCounter;
  private readonly forwardFlops: FlopCounter;
  private epoch: number;
  private stepInEpoch: number;
  private lossSum: number;
  private lossWeight: number;
  private best: BestWeights | null;
  private history: readonly EpochMetrics[];
  private flops: number;

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
    this.stepsPerEpoch = Math.ceil(options.train.labels.length / settings.batch);
    this.epoch = from?.epoch ?? 0;
    this.stepInEpoch = from?.stepInEpoch ?? 0;
    this.lossSum = from?.lossSum ?? 0;
    this.lossWeight = from?.lossWeight ?? 0;
    this.best = from?.best ?? null;
    this.history = from?.history ?? [];
    this.flops = from?.flops ?? 0;
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
    const { train, random, checkpoints, signal, turn } = this.options;
    const { batch, microBatch = batch } = this.settings;
    const ownRandom = random.fork(`epoch ${this.epoch}`);
    const size = train.labels.length;
    const order = shuffle(
      Array.from({ length: size }, (_, index) => index),
      ownRandom.fork('order'),
    );
    const updates = stretchesOf(this.stepInEpoch * batch, size, batch);
    const micro = updates.map(({ start, end }) => stretchesOf(start, end, microBatch));
    const batches = readBatches(train, order, micro.flat(), ownRandom.fork('samples'));
    for (const { length } of micro) {
      await turn?.();
      checkCancelled(signal);
      await this.update(await take(batches, length));
      if (this.stepInEpoch < this.stepsPerEpoch && checkpoints?.due()) await this.save();
    }
    await this.endEpoch();
  }

  /** One update from the batches that make it up. */
  private async update(parts: readonly Batch[]): Promise<void> {
    const learningRate = this.learningRate();
    const weight = sum(parts.map((part) => this.weightOf(part)));
    const mean = new GradientMean();
    for (const part of parts) {
      const feeds = this.feedsOf(part);
      const { loss, gradients } = await this.step
        .run(feeds, this.parameters)
        .catch((thrown: unknown) => Promise.reject(this.asLossError(thrown)));
      this.flops += this.stepFlops.of(feeds);
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
    this.stepInEpoch += 1;
    this.tell(loss, learningRate);
  }

  private async endEpoch(): Promise<void> {
    const measured = await this.validate();
    if (!Number.isFinite(measured.loss)) throw this.lossError();
    const weights = this.average?.weights ?? this.parameters;
    if (!this.best || isBetter(measured, this.best)) {
      const { accuracy, loss } = measured;
      this.best = { epoch: this.epoch + 1, accuracy, loss, parameters: copyOf(weights) };
    }
    const metrics: EpochMetrics = {
      epoch: this.epoch + 1,
      step: this.stepsDone(),
      loss: this.lossSum / this.lossWeight,
      learningRate: this.learningRate(),
      validationLoss: measured.loss,
      validationAccuracy: measured.accuracy,
    };
    this.history = [...this.history, metrics];
    this.tell(metrics.loss, metrics.learningRate, metrics);
    this.epoch += 1;
    this.stepInEpoch = 0;
    this.lossSum = 0;
    this.lossWeight = 0;
    await this.save();
  }

  private validate(): Promise<Measured> {
    const { model, logits, labels, validation, session, signal } = this.options;
    const { batch, microBatch = batch } = this.settings;
    return measureClassifier(writeParameters(model, this.average?.weights ?? this.parameters), validation, {
      logits,
      classes: labels.length,
      batch: microBatch,
      session,
      signal,
      onRun: (feeds) => (this.flops += this.forwardFlops.of(feeds)),
    });
  }

  private feedsOf({ indices, feeds: samples }: Batch): Record<string, Tensor> {
    const { labels, weights } = this.options.train;
    const truth = int64Tensor(
      [indices.length],
      indices.map((index) => labels[index]!),
    );
    const feeds: Record<string, Tensor> = { ...samples, [labelsInput]: truth };
    if (weights) {
      const own = indices.map((index) => weights[index]!);
      feeds[weightsInput] = float32Tensor([own.length], own);
    }
    return feeds;
  }

  private weightOf({ indices }: Batch): number {
    const { weights } = this.options.train;
    return weights ? sum(indices.map((index) => weights[index]!)) : indices.length;
  }

  private stepsDone(): number {
    return this.epoch * this.stepsPerEpoch + this.stepInEpoch;
  }

  private flopsSoFar(): number {
    const { train, validation } = this.options;
    return this.flops + train.source.flops() + validation.source.flops();
  }

  private learningRate(): number {
    return schedule(this.settings.schedule)(this.stepsDone(), this.settings.epochs * this.stepsPerEpoch);
  }

  private isStale(): boolean {
    const { patience } = this.settings;
    return patience !== undefined && this.best !== null && this.epoch - this.best.epoch >= patience;
  }

  private tell(loss: number, learningRate: number, metrics?: EpochMetrics): void {
    this.options.onProgress?.({
      epoch: this.epoch + 1,
      step: this.stepsDone(),
      steps: this.settings.epochs * this.stepsPerEpoch,
      loss,
      learningRate,
      ...(metrics ? { metrics } : {}),
    });
  }

  private async save(): Promise<void> {
    const { epoch, stepInEpoch, lossSum, lossWeight, parameters, best, history } = this;
    await this.options.checkpoints?.save({
      ...{ epoch, stepInEpoch, lossSum, lossWeight, parameters, best, history },
      flops: this.flopsSoFar(),
      optimiser: this.optimiser.state(),
      average: this.average?.weights ?? null,
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

function isBetter(measured: Measured, best: BestWeights): boolean {
  if (measured.accuracy !== best.accuracy) return measured.accuracy > best.accuracy;
  return measured.loss < best.loss;
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
