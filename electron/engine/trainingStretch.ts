import type { UpdateSettings } from '../contract/engine.ts';
import type {
  TrainerOptions,
  TrainerProgress,
  TrainerSettings,
} from '../../native-models/training/trainerOptions.ts';
import type { Engine } from './engine.ts';
import type { RunFolder } from './runFolder.ts';
import type { CallContext } from './serve.ts';

/** Longest stretch of work that a kill can cost within an epoch. */
const checkpointEveryMs = 60_000;

/** One stretch of a training, from its start or the last checkpoint in its folder to its end or the next kill. */
export interface TrainingStretch {
  /** Spent so far, earlier stretches too. */
  readonly seconds: () => number;
  readonly run: Pick<TrainerOptions, 'checkpoints' | 'resumeFrom' | 'turn' | 'onProgress'>;
}

/** Checkpoints go into the folder, pauses and progress through the engine. @param startMs of the call, monotonic */
export function trainingStretch(
  { clock, training }: Engine,
  folder: RunFolder,
  startMs: number,
  { signal, progress }: CallContext,
): TrainingStretch {
  const { resumed } = folder;
  const seconds = () => (resumed?.seconds ?? 0) + (clock.monotonicMs() - startMs) / 1000;
  let savedMs = clock.monotonicMs();
  return {
    seconds,
    run: {
      checkpoints: {
        due: () => clock.monotonicMs() - savedMs >= checkpointEveryMs,
        save: async (state) => {
          await folder.saveCheckpoint(state, seconds());
          savedMs = clock.monotonicMs();
        },
      },
      ...(resumed ? { resumeFrom: resumed.state } : {}),
      turn: () => training.pass(signal),
      onProgress: (state) => tell(state, progress),
    },
  };
}

/** Progress of a training in the contract's words. */
function tell({ metrics, ...state }: TrainerProgress, progress: CallContext['progress']): void {
  const { epoch, step, steps, loss, learningRate, flops } = state;
  if (metrics) {
    const { figures, ...plain } = metrics;
    progress({ stage: 'epoch', done: step, total: steps, figures: { ...plain, ...figures, flops } });
  } else {
    progress({
      stage: 'train',
      done: step,
      total: steps,
      figures: { epoch, step, loss, learningRate, flops },
    });
  }
}

/** How weights are updated, in the trainer's words. */
export function trainerSettings(settings: UpdateSettings): TrainerSettings {
  const { epochs, batch, microBatch, learningRate, warmUp, clipNorm, averageDecay, patience } = settings;
  const { momentum, weightDecay, labelSmoothing } = settings;
  return {
    epochs,
    batch,
    optimiser:
      settings.optimizer === 'sgd' ? { kind: 'sgd', momentum, weightDecay } : { kind: 'adamw', weightDecay },
    schedule: { rate: learningRate, shape: settings.schedule, warmUp },
    labelSmoothing,
    ...(microBatch === null ? {} : { microBatch }),
    ...(clipNorm === null ? {} : { clipNorm }),
    ...(averageDecay === null ? {} : { averageDecay }),
    ...(patience === null ? {} : { patience }),
  };
}
