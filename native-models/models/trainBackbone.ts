import { CovarianceSums, whitening, type Projection } from '../detectors/whitening.ts';
import { withBackboneCard } from '../detectors/backboneCard.ts';
import type { Preprocess } from '../images/preprocess.ts';
import { GraphBuilder } from '../onnx/build.ts';
import type { Model } from '../onnx/ir.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import { fixDimensions } from '../onnx/passes/fixDimensions.ts';
import { writeModel } from '../onnx/write.ts';
import { seededRandom } from '../random.ts';
import { floatsOf, openSession } from '../runtime/session.ts';
import type { LabelledSet } from '../training/labelledSet.ts';
import { writeParameters } from '../training/parameters.ts';
import { trainClassifier } from '../training/trainer.ts';
import type { TrainerSettings } from '../training/trainerOptions.ts';
import { backboneFeatures, taskLogits, untrainedBackbone, withTaskHeads } from './backbone.ts';
import { backboneTask, cropSide, type TaskSize } from './backboneTask.ts';
import { filterBank, filterBankChannels, filterBankFeatures } from './filterBank.ts';

export interface BackboneTraining {
  readonly seed: number;
  readonly size: TaskSize;
  readonly settings: TrainerSettings;
  /** That the backbone is to be used with, for its card. */
  readonly preprocess: Preprocess;
  /** Is given a line for each epoch. */
  readonly tell?: (line: string) => void;
}

/** How the shipped backbone is trained. */
export const shippedTraining: Omit<BackboneTraining, 'preprocess' | 'tell'> = {
  seed: 1,
  size: { surfaces: 253, pieces: 1, blemished: 1, clean: 6 },
  settings: {
    epochs: 10,
    batch: 24,
    optimiser: { kind: 'adamw', weightDecay: 0.02 },
    schedule: { rate: 2e-3, shape: 'cosine', warmUp: 0.05 },
    clipNorm: 1,
    averageDecay: 0.99,
  },
};

/** Bit for bit the same only on one. */
const session = { threads: 1 };
const cells = cropSide / 8;

/** What a training took and came to. */
export interface TrainingRecord {
  readonly seed: number;
  /** Pairs of a surface and what is wrong with it. */
  readonly classes: number;
  readonly samples: number;
  readonly epochs: number;
  readonly minutes: number;
  readonly flops: number;
  /** Share of pairs told right, on pieces of the surfaces not trained on. */
  readonly validationAccuracy: number;
  /** Mean cross-entropy there, and that of guessing. */
  readonly validationLoss: number;
  readonly guessingLoss: number;
}

export interface TrainedBackbone {
  readonly model: Model;
  readonly features: readonly string[];
  readonly training: TrainingRecord;
}

/**
 * Trains a starter backbone from random weights on procedural surfaces. On one thread the same processor comes to the
 * same weights, bit for bit.
 */
export async function trainBackbone(options: BackboneTraining): Promise<TrainedBackbone> {
  const { seed, size, settings } = options;
  const start = performance.now();
  const random = seededRandom(seed).fork('backbone');
  const task = backboneTask('image', size, seed);
  const bank = await bankWhitening(task.train);
  const backbone = untrainedBackbone(bank, random.fork('weights'));
  const fixed = fixDimensions(backbone, { height: cropSide, width: cropSide });
  const headed = extractSubgraph(withTaskHeads(fixed, task, cells), [taskLogits]);
  const { best, history, flops } = await trainClassifier({
    model: headed,
    logits: taskLogits,
    labels: task.labels,
    parameters: [...headed.graph.initializers.keys()].filter((name) => /\.(weight|bias)$/.test(name)),
    train: task.train,
    validation: task.validation,
    settings,
    random: random.fork('training'),
    session,
    onProgress: ({ metrics }) => {
      if (!metrics) return;
      const { epoch, loss, validationLoss, validationAccuracy } = metrics;
      options.tell?.(
        `epoch ${epoch}  ${[loss, validationLoss, validationAccuracy].map((one) => one.toFixed(3)).join('  ')}`,
      );
    },
  });
  const own = [...best.parameters].filter(([name]) => backbone.graph.initializers.has(name));
  const model = extractSubgraph(writeParameters(backbone, new Map(own)), backboneFeatures);
  return {
    model: withBackboneCard(model, { preprocess: options.preprocess }),
    features: backboneFeatures,
    training: {
      seed,
      classes: task.labels.length,
      samples: history.length * task.train.labels.length,
      epochs: settings.epochs,
      minutes: Math.round((performance.now() - start) / 6000) / 10,
      flops,
      validationAccuracy: best.accuracy,
      validationLoss: best.loss,
      guessingLoss: Math.log(task.labels.length),
    },
  };
}

const shrinkage = 0.003;
/** Of the samples, one in so many is looked at. */
const whitenedFrom = 8;

/** Of the filter bank's outputs on the cells in the middle of samples. */
async function bankWhitening({ source, labels }: LabelledSet): Promise<Projection> {
  const g = new GraphBuilder(filterBank());
  g.outputAs('all', g.op('Concat', filterBankFeatures, { axis: 1 }));
  const bank = await openSession(writeModel(extractSubgraph(g.model(), ['all'])), session);
  const sums = new CovarianceSums(filterBankChannels);
  for (let index = 0; index < labels.length; index += whitenedFrom) {
    const values = floatsOf(await bank.run(await source.batch([index], null)), 'all');
    for (let y = 2; y < cells - 2; y++) {
      for (let x = 2; x < cells - 2; x++) {
        const at = y * cells + x;
        sums.add(
          Float32Array.from({ length: filterBankChannels }, (_, c) => values[c * cells * cells + at]!),
        );
      }
    }
  }
  await bank.dispose();
  return whitening(sums, shrinkage);
}
