import type { Model } from '../onnx/ir.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import { fixDimensions } from '../onnx/passes/fixDimensions.ts';
import { seededRandom } from '../random.ts';
import { writeParameters } from '../training/parameters.ts';
import { trainClassifier } from '../training/trainer.ts';
import type { TrainerProgress, TrainerSettings } from '../training/trainerOptions.ts';
import { backboneFeatures, taskLogits, untrainedBackbone, withTaskHeads } from './backbone.ts';
import { backboneTask, cropSide, type TaskSize } from './backboneTask.ts';

export interface BackboneTraining {
  readonly seed: number;
  readonly size: TaskSize;
  readonly settings: TrainerSettings;
  readonly onProgress?: (progress: TrainerProgress) => void;
}

export interface TrainedBackbone {
  readonly model: Model;
  /** Of pairs of surface and fault, on pieces not trained on. */
  readonly accuracy: number;
  readonly classes: number;
  readonly samples: number;
  readonly flops: number;
}

/**
 * Trains the starter backbone from random weights on procedural surfaces. On one thread the same numbers give the same
 * weights on the same processor.
 */
export async function trainBackbone(options: BackboneTraining): Promise<TrainedBackbone> {
  const { seed, size, settings } = options;
  const random = seededRandom(seed).fork('backbone');
  const task = backboneTask('image', size, seed);
  const backbone = untrainedBackbone(random.fork('weights'));
  const fixed = fixDimensions(backbone, { height: cropSide, width: cropSide });
  const headed = extractSubgraph(withTaskHeads(fixed, task, cropSide / 8), [taskLogits]);
  const parameters = [...headed.graph.initializers.keys()].filter((name) => /\.(weight|bias)$/.test(name));
  const { best, history, flops } = await trainClassifier({
    model: headed,
    logits: taskLogits,
    labels: task.labels,
    parameters,
    train: task.train,
    validation: task.validation,
    settings,
    random: random.fork('training'),
    session: { threads: 1 },
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  const own = [...best.parameters].filter(([name]) => backbone.graph.initializers.has(name));
  return {
    model: extractSubgraph(writeParameters(backbone, new Map(own)), backboneFeatures),
    accuracy: best.accuracy,
    classes: task.labels.length,
    samples: history.length * task.train.labels.length,
    flops,
  };
}
