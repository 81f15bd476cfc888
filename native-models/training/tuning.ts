import type { Model } from '../onnx/ir.ts';
import { nameDims } from '../onnx/shapes/infer.ts';
import { checkCancelled } from './cancel.ts';
import { plainStepGraphOf, stepShapes } from './classifierStep.ts';
import { chooseFormulations, RecordedFormulations, type ChoiceOptions } from './formulationMemory.ts';
import type { TrainerOptions } from './trainerOptions.ts';

/** How a training finds the fastest formulations of its gradients. */
export interface Tuning extends Pick<ChoiceOptions, 'processor' | 'store' | 'nowMs'> {
  /** Of the training that is gone on with, which repeats them; `null` = measured here, or remembered. */
  readonly recorded: RecordedFormulations['choices'] | null;
  /** Keeps the choices, before the first step, for a training that goes on. */
  readonly record: (choices: RecordedFormulations['choices']) => Promise<void>;
  readonly onProgress?: (done: number, total: number) => void;
}

/** The formulations a training computes with, measured at the size of its batches. @throws ModelError `cancelled` */
export async function tunedFormulations(
  options: TrainerOptions,
  { recorded, record, ...tuning }: Tuning,
): Promise<RecordedFormulations> {
  if (recorded) return new RecordedFormulations(recorded);
  const { model, settings, session, random, signal } = options;
  const shapes = await stepShapes(options);
  const chosen = await chooseFormulations((formulations) => plainStepGraphOf({ ...options, formulations }), {
    ...tuning,
    session,
    random: random.fork('formulations'),
    sizes: symbolSizes(model, shapes(settings.microBatch ?? settings.batch)),
    checkpoint: () => checkCancelled(signal),
  });
  await record(chosen.choices);
  return chosen;
}

/** What the symbols in the inputs of a model stand for when it is fed these shapes. */
function symbolSizes(
  { graph }: Model,
  shapes: Readonly<Record<string, readonly number[]>>,
): Readonly<Record<string, number>> {
  const sizes = graph.inputs.flatMap(({ name, shape }) =>
    (nameDims(name, shape) ?? []).map((dim, axis) => [dim, shapes[name]?.[axis]] as const),
  );
  return Object.fromEntries(
    sizes.filter(
      (pair): pair is readonly [string, number] => pair[1] !== undefined && isNaN(Number(pair[0])),
    ),
  );
}
