import type { AttackedModel } from '../../attacks/victim.ts';
import { greedyKCentre, projectedDimensions } from '../../detectors/kCentre.ts';
import {
  findLearnedMemory,
  memoryNames,
  memoryTableValues,
  type LearnedMemory,
} from '../../detectors/learnedMemory.ts';
import { PatchPool } from '../../detectors/patchPool.ts';
import { fewestGoodImages, heldOutStretches, shrinkage, tooFew } from '../../detectors/teach.ts';
import { mapRows, whitening, type CovarianceSums } from '../../detectors/whitening.ts';
import { ModelError } from '../../errors.ts';
import type { Random } from '../../random.ts';
import type { Adaptation } from '../adaptation.ts';
import { stretchesOf } from '../batches.ts';
import { checkCancelled } from '../cancel.ts';
import { writeParameters, type Parameters } from '../parameters.ts';
import { isBetter, type BestWeights, type EpochMetrics } from '../trainerState.ts';
import type { Trained, TrainerOptions, Validated } from '../trainerOptions.ts';
import { disturbedLooks, Looks, type LooksOptions } from './goodLooks.ts';
import type { RobustSample } from './robustSource.ts';
import type { FineTuneOptions } from './settings.ts';

/** How much what the site does to features counts beside how good parts vary; the validation chooses. */
export const nuisanceWeights = [1, 5, 20, 80] as const;

/** How pictures reach the network, and what a memory of pictures that reach it so is worth. */
export interface RelearnWay {
  readonly attacked: AttackedModel;
  readonly validate: (parameters: Parameters) => Promise<Validated>;
}

export interface RelearnOptions extends Omit<LooksOptions, 'attacked'>, Pick<FineTuneOptions, 'signal'> {
  readonly ways: readonly RelearnWay[];
  readonly turn?: TrainerOptions['turn'];
  readonly onProgress?: TrainerOptions['onProgress'];
}

/** @throws ModelError `badRequest` for a model without a memory of good patches */
export function memoryOf({ model }: Pick<AttackedModel, 'model'>): LearnedMemory {
  const found = findLearnedMemory(model);
  if (found) return found;
  throw new ModelError('badRequest', {
    field: 'objective',
    reason: 'memory is for detectors taught from good parts',
  });
}

export interface Relearned extends Trained {
  /** Which of the ways the best memory belongs to, from 0. */
  readonly way: number;
}

/**
 * Learns again what a detector knows of good parts, this time under the site's disturbances, in closed form: directions
 * in which these move the features count for less in its distances (within-class covariance normalisation, Hatch et al.,
 * Interspeech 2006, on pairs of the same part disturbed and not), its memory holds disturbed patches too, and the level
 * of a whole part is called unusual only beyond what they do to it. No layer is trained. One candidate for each way and
 * each of `nuisanceWeights`; the one of lowest cost is kept, of smoothed rates of error, and of equals the first.
 * @throws ModelError `badRequest` where the site disturbs nothing, `tooFewImages`, `cancelled`
 */
export async function relearnMemory({ ways, ...options }: RelearnOptions): Promise<Relearned> {
  const { signal, turn, onProgress } = options;
  const steps = ways.length * nuisanceWeights.length;
  const history: EpochMetrics[] = [];
  let best: (BestWeights & { readonly way: number }) | null = null;
  let spent = 0;
  for (const [way, { attacked, validate }] of ways.entries()) {
    const base = { ...options, attacked };
    const memory = memoryOf(attacked);
    const looks = await Looks.open(base, memory);
    try {
      const { own, heldOut } = dealt(options.samples);
      const grid = await looks.grid(own[0]!);
      const pools = await collect(looks, memory, { own, places: grid.height * grid.width }, options.random);
      for (const weight of nuisanceWeights) {
        await turn?.();
        checkCancelled(signal);
        const tables = await tablesFor(pools, memory, weight, base);
        const parameters = new Map([...tables, ...(await looks.places(tables, heldOut, grid))]);
        const measured = await validate(parameters);
        spent += (measured.flops ?? 0) + pools.flops;
        const { accuracy, loss, cost = null, excess = 0 } = measured;
        const epoch = history.length + 1;
        if (!best || isBetter(measured, best))
          best = { epoch, accuracy, loss, cost, excess, parameters, way };
        const metrics: EpochMetrics = {
          ...{
            epoch,
            step: epoch,
            loss,
            learningRate: 0,
            validationLoss: loss,
            validationAccuracy: accuracy,
          },
          ...(measured.figures ? { figures: measured.figures } : {}),
        };
        history.push(metrics);
        const flops = spent + looks.flops;
        onProgress?.({ epoch, step: epoch, steps, loss, learningRate: 0, metrics, flops });
      }
      spent += looks.flops;
    } finally {
      await looks.close();
    }
  }
  return { best: best!, history, flops: spent, way: best!.way };
}

/** Calibrated by parts that gave nothing to the memory, as in teaching. */
function dealt(samples: readonly RobustSample[]) {
  if (samples.length < fewestGoodImages) throw tooFew(samples.length);
  const held = heldOutStretches(samples.length);
  const indices = samples.map((_, index) => index);
  return {
    own: indices.filter((index) => !held.has(index)),
    heldOut: indices.filter((index) => held.has(index)),
  };
}

interface Pools {
  /** Of good parts as they are, and of the first disturbed look at each. */
  readonly remembered: PatchPool;
  readonly usual: CovarianceSums;
  /** Mean products of what the disturbances change. */
  readonly moved: Float64Array;
  /** Of choosing one memory. */
  readonly flops: number;
}

async function collect(
  looks: Looks,
  { dimensions, entries }: LearnedMemory,
  { own, places }: { readonly own: readonly number[]; readonly places: number },
  random: Random,
): Promise<Pools> {
  const pool = (name: string, images: number) => new PatchPool(dimensions, places, images, random.fork(name));
  const [plain, remembered, changes] = [
    pool('plain', own.length),
    pool('remembered', 2 * own.length),
    pool('changes', disturbedLooks * own.length),
  ];
  for (const { start, end } of stretchesOf(0, own.length, looks.batch)) {
    const part = own.slice(start, end);
    const usual = await looks.features(part, null);
    for (const one of usual) [plain, remembered].forEach((each) => each.add(one));
    for (let look = 0; look < disturbedLooks; look++) {
      const disturbed = await looks.features(part, look);
      disturbed.forEach((one, row) => {
        if (look === 0) remembered.add(one);
        changes.add(one.map((value, at) => value - usual[row]![at]!));
      });
    }
  }
  const rows = remembered.all().length / dimensions;
  return {
    remembered,
    usual: plain.covariance(),
    moved: changes.covariance().secondMoment(),
    // Whitening of each row, and its distance to every centre: a difference, a product and a sum in each dimension.
    flops: rows * (dimensions ** 2 + 3 * entries * Math.min(dimensions, projectedDimensions)),
  };
}

async function tablesFor(
  { remembered, usual, moved }: Pools,
  memory: LearnedMemory,
  weight: number,
  { random, signal }: Pick<RelearnOptions, 'random' | 'signal'>,
): Promise<Map<string, Float32Array>> {
  const { dimensions, entries } = memory;
  const projection = whitening(usual, shrinkage, { covariance: moved, weight });
  const rows = remembered.all().slice();
  mapRows(rows, projection);
  const chosen = await greedyKCentre(rows, dimensions, entries, {
    random: random.fork('memory'),
    ...(signal ? { signal } : {}),
  });
  // The table keeps its size: with fewer patches than it has entries, some stand in it twice.
  const kept = new Float32Array(entries * dimensions);
  for (let entry = 0; entry < entries; entry++) {
    const row = chosen[entry % chosen.length]!;
    kept.set(rows.subarray(row * dimensions, (row + 1) * dimensions), entry * dimensions);
  }
  return memoryTableValues(memory, projection, kept);
}

/** What stands in for layers that train: the memory's own tables. */
export function memoryAdaptation(attacked: AttackedModel): Adaptation {
  const parameters = memoryNames(memoryOf(attacked));
  const { model } = attacked;
  return { model, parameters, changes: parameters, merge: (learned) => writeParameters(model, learned) };
}
