import type { AttackedModel } from '../../attacks/victim.ts';
import { calibrate, levelsOf } from '../../detectors/calibration.ts';
import type { Grid } from '../../detectors/graphParts.ts';
import { placeValues, type LearnedMemory } from '../../detectors/learnedMemory.ts';
import { ModelError } from '../../errors.ts';
import { disturbedPart } from '../../images/site/profile.ts';
import type { Tensor } from '../../onnx/ir.ts';
import { extractSubgraph } from '../../onnx/passes/extractSubgraph.ts';
import { writeModel } from '../../onnx/write.ts';
import type { Random } from '../../random.ts';
import { floatsOf, openSession } from '../../runtime/session.ts';
import { stretchesOf } from '../batches.ts';
import { FlopCounter } from '../flopCounter.ts';
import { initializersAsInputs, type Parameters } from '../parameters.ts';
import type { SampleSource } from '../sampleSource.ts';
import { siteDisturbance } from './openObjective.ts';
import { robustSource, type PictureCache, type RobustSample } from './robustSource.ts';
import { batchOf, type FineTuneOptions } from './settings.ts';

/** Disturbed looks at each good part; the first of them is remembered, too. */
export const disturbedLooks = 3;

export interface LooksOptions extends Pick<FineTuneOptions, 'settings' | 'session'> {
  readonly attacked: AttackedModel;
  /** Good parts. */
  readonly samples: readonly RobustSample[];
  readonly pictures: PictureCache;
  readonly random: Random;
}

/** Runs the detector's network over parts as they are and as the site shows them. */
export class Looks {
  readonly batch: number;
  private readonly parts: LooksParts;
  private spent = 0;

  private constructor(parts: LooksParts, batch: number) {
    this.parts = parts;
    this.batch = batch;
  }

  /** @throws ModelError `badRequest` where the site disturbs nothing */
  static async open(
    { attacked, samples, pictures, settings, session, random }: LooksOptions,
    memory: LearnedMemory,
  ): Promise<Looks> {
    const site = disturbedPart(settings.site);
    if (site.length === 0) {
      throw new ModelError('badRequest', {
        field: 'site',
        reason: 'nothing disturbs this line: there is nothing to learn',
      });
    }
    const { input } = attacked;
    const base = { input, frame: attacked, seed: settings.seed };
    const plain = robustSource(samples, pictures, base);
    const shown = robustSource(samples, pictures, { ...base, disturb: siteDisturbance(() => site) });
    const open = async (output: string, free: readonly string[]): Promise<Runner> => {
      const graph = initializersAsInputs(extractSubgraph(attacked.model, [output]), free);
      return {
        session: await openSession(writeModel(graph), session),
        flops: new FlopCounter(graph),
        output,
        dims: new Map(free.map((name) => [name, attacked.model.graph.initializers.get(name)!.dims])),
      };
    };
    const graphs = {
      features: await open(memory.features, []),
      distances: await open(memory.distances, Object.values(memory.tables)),
    };
    return new Looks({ memory, input, plain, shown, random, ...graphs }, batchOf(settings));
  }

  /** Floating-point operations of the graphs run so far. */
  get flops(): number {
    return this.spent;
  }

  /** Rows and columns of patches, found by looking at one part. */
  async grid(index: number): Promise<Grid> {
    const [, , height, width] = (await this.run(this.parts.features, [index], null, new Map())).dims;
    return { height: height!, width: width! };
  }

  /** Patches before whitening, float32 [places, dimensions] of each part. @param look null = undisturbed */
  async features(indices: readonly number[], look: number | null): Promise<Float32Array[]> {
    const found = await this.run(this.parts.features, indices, look, new Map());
    const { dimensions } = this.parts.memory;
    const values = floatsOf({ found }, 'found');
    const places = values.length / indices.length / dimensions;
    return indices.map((_, row) => {
      const patches = new Float32Array(places * dimensions);
      for (let d = 0, at = row * places * dimensions; d < dimensions; d++) {
        for (let place = 0; place < places; place++, at++) patches[place * dimensions + d] = values[at]!;
      }
      return patches;
    });
  }

  /** Calibration by distances of parts that are not in the memory: of places undisturbed, of whole parts under everything. */
  async places(
    tables: Parameters,
    heldOut: readonly number[],
    { height, width }: Grid,
  ): Promise<Map<string, Float32Array>> {
    const { memory, distances: measuring } = this.parts;
    const distances = async (look: number | null) => {
      const found: Float32Array[] = [];
      for (const { start, end } of stretchesOf(0, heldOut.length, this.batch)) {
        const part = heldOut.slice(start, end);
        const values = floatsOf({ found: await this.run(measuring, part, look, tables) }, 'found');
        const length = values.length / part.length;
        part.forEach((_, row) => found.push(values.slice(row * length, (row + 1) * length)));
      }
      return found;
    };
    const usual = await distances(null);
    const disturbed = [];
    for (let look = 0; look < disturbedLooks; look++) disturbed.push(...(await distances(look)));
    const places = calibrate(usual, height, width);
    return placeValues(memory, { ...places, ...levelsOf([...usual, ...disturbed], places) });
  }

  async close(): Promise<void> {
    await this.parts.features.session.dispose();
    await this.parts.distances.session.dispose();
  }

  private async run(
    { session, flops, output, dims }: Runner,
    indices: readonly number[],
    look: number | null,
    tables: Parameters,
  ): Promise<Tensor> {
    const { input, plain, shown, random } = this.parts;
    const draw = (row: number) => random.fork(`look ${look} at ${indices[row]}`);
    const images = look === null ? await plain.batch(indices, null) : await shown.batch(indices, draw);
    const feeds: Record<string, Tensor> = { [input]: images[input]! };
    for (const [name, data] of tables) feeds[name] = { dtype: 'float32', dims: dims.get(name)!, data };
    this.spent += flops.of(feeds);
    return (await session.run(feeds))[output]!;
  }
}

interface LooksParts {
  readonly memory: LearnedMemory;
  readonly input: string;
  readonly plain: SampleSource;
  readonly shown: SampleSource;
  readonly random: Random;
  readonly features: Runner;
  readonly distances: Runner;
}

interface Runner {
  readonly session: Awaited<ReturnType<typeof openSession>>;
  readonly flops: FlopCounter;
  readonly output: string;
  /** Shapes of what is fed beside the images. */
  readonly dims: ReadonlyMap<string, readonly number[]>;
}
