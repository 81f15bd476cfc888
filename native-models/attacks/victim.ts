import { differentiate } from '../autodiff/differentiate.ts';
import { GraphBuilder } from '../onnx/build.ts';
import { float32Tensor, int64Tensor } from '../onnx/dataTypes.ts';
import type { Correction } from '../images/correction/correction.ts';
import type { Model, Tensor } from '../onnx/ir.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import { upgradeOpset } from '../onnx/passes/upgradeOpset.ts';
import { writeModel } from '../onnx/write.ts';
import { floatsOf, openSession, type Session, type SessionOptions } from '../runtime/session.ts';
import { initializersAsInputs, type Parameters } from '../training/parameters.ts';
import { FlopCounter } from '../training/flopCounter.ts';
import { attackLosses, type AttackLossName } from './losses.ts';

/** A network that takes images in [0, 1], and where its logits are. */
export interface AttackedModel {
  /** With one input, float32 [N, C, H, W]. */
  readonly model: Model;
  readonly input: string;
  /** Value [N, K], before any softmax. */
  readonly logits: string;
  readonly classes: number;
  /** [C, H, W] */
  readonly shape: readonly [number, number, number];
  /** What a picture goes through before it is an image; null = nothing. */
  readonly correction: Correction | null;
  /** Initializers whose values change while it is attacked, see `Victim.use`; default none. */
  readonly parameters?: readonly string[];
  /** What score and defect type are read from, float32 [N, width], where the logits do not say; absent = the logits. */
  readonly reading?: { readonly value: string; readonly width: number };
}

/** Losses and gradients of a batch. */
export interface Slope {
  /** float32 [N, K] */
  readonly logits: Float32Array;
  /** What the attack drives up, [N]. */
  readonly loss: Float32Array;
  /** Of each image's loss in its own pixels, [N, C, H, W]. */
  readonly gradient: Float32Array;
}

const labelsInput = 'kenro.labels';
const besideInput = 'kenro.beside';

/** Asks a network for logits and for gradients of its pixels; builds and loads each graph when it is first needed. */
export class Victim {
  readonly classes: number;
  readonly shape: readonly [number, number, number];
  readonly correction: Correction | null;
  /** Values of one image. */
  readonly length: number;
  private readonly attacked: AttackedModel;
  private readonly options: SessionOptions;
  private readonly graphs = new Map<AttackLossName | 'forward', Promise<Graph>>();
  private parameters: Parameters = new Map();
  private spent = { forwards: 0, backwards: 0, flops: 0 };

  constructor(attacked: AttackedModel, options: SessionOptions) {
    this.attacked = attacked;
    this.classes = attacked.classes;
    this.shape = attacked.shape;
    this.correction = attacked.correction;
    this.length = attacked.shape.reduce((product, size) => product * size, 1);
    this.options = options;
  }

  /** Images judged, images differentiated, and floating-point operations of the graphs run so far. */
  get cost(): { readonly forwards: number; readonly backwards: number; readonly flops: number } {
    return { ...this.spent };
  }

  /** Sets the values of the initializers that change. They are read in place at each run. */
  use(parameters: Parameters): void {
    this.parameters = parameters;
  }

  /** @param images float32 [N, C, H, W] in [0, 1] @returns float32 [N, K] */
  async logits(images: Float32Array): Promise<Float32Array> {
    return (await this.read(images)).logits;
  }

  /** Values of one image in a reading. */
  get width(): number {
    return this.attacked.reading?.width ?? this.classes;
  }

  /**
   * @param images float32 [N, C, H, W] in [0, 1]
   * @returns logits float32 [N, K], and the values that score and type are read from, float32 [N, width]
   */
  async read(
    images: Float32Array,
  ): Promise<{ readonly logits: Float32Array; readonly readings: Float32Array }> {
    const graph = await this.graph('forward');
    const feeds = { [this.attacked.input]: this.imageTensor(images), ...this.parameterFeeds(graph) };
    const results = await graph.session.run(feeds);
    this.count(graph, feeds);
    const { reading } = this.attacked;
    const logits = floatsOf(results, graph.logits);
    return { logits, readings: reading ? floatsOf(results, reading.value) : logits };
  }

  /**
   * @param images float32 [N, C, H, W] in [0, 1]
   * @param labels true class of each
   * @param beside class to reach for each, or logits float32 [N, K] to keep away from, where the loss reads that
   */
  async slope(
    loss: AttackLossName,
    images: Float32Array,
    labels: readonly number[],
    beside?: readonly number[] | Float32Array,
  ): Promise<Slope> {
    const graph = await this.graph(loss);
    const count = labels.length;
    const feeds: Record<string, Tensor> = {
      [this.attacked.input]: this.imageTensor(images),
      [labelsInput]: int64Tensor([count], labels),
      ...this.parameterFeeds(graph),
    };
    if (beside instanceof Float32Array) feeds[besideInput] = float32Tensor([count, this.classes], beside);
    else if (beside) feeds[besideInput] = int64Tensor([count], beside);
    const results = await graph.session.run(feeds);
    this.count(graph, feeds);
    this.spent.backwards += count;
    return {
      logits: floatsOf(results, graph.logits),
      loss: floatsOf(results, graph.loss!),
      // A graph whose logits do not depend on the image has no gradient: nothing to climb.
      gradient: graph.gradient === null ? new Float32Array(images.length) : floatsOf(results, graph.gradient),
    };
  }

  async close(): Promise<void> {
    for (const graph of this.graphs.values()) await (await graph).session.dispose();
    this.graphs.clear();
  }

  private parameterFeeds({ parameters }: Graph): Record<string, Tensor> {
    return Object.fromEntries(
      [...parameters].map(([name, dims]) => [name, float32Tensor(dims, this.parameters.get(name)!)]),
    );
  }

  private imageTensor(images: Float32Array): Tensor {
    return float32Tensor([images.length / this.length, ...this.shape], images);
  }

  private count({ flops }: Graph, feeds: Readonly<Record<string, Tensor>>): void {
    this.spent.forwards += feeds[this.attacked.input]!.dims[0]!;
    this.spent.flops += flops.of(feeds);
  }

  private graph(name: AttackLossName | 'forward'): Promise<Graph> {
    const known = this.graphs.get(name);
    if (known) return known;
    const opened = openGraph(this.attacked, name, this.options);
    this.graphs.set(name, opened);
    return opened;
  }
}

/** A loaded graph and the names of its outputs. */
interface Graph {
  readonly session: Session;
  readonly flops: FlopCounter;
  readonly logits: string;
  readonly loss: string | null;
  readonly gradient: string | null;
  /** Those of the changing initializers that it has, with their shapes. */
  readonly parameters: ReadonlyMap<string, readonly number[]>;
}

async function openGraph(
  { model, input, logits, classes, reading, parameters = [] }: AttackedModel,
  name: AttackLossName | 'forward',
  options: SessionOptions,
): Promise<Graph> {
  const whole = upgradeOpset(extractSubgraph(model, [logits]));
  const load = async (graph: Model, outputs: Pick<Graph, 'loss' | 'gradient'>): Promise<Graph> => {
    const { initializers } = graph.graph;
    const own = parameters.filter((name) => initializers.has(name));
    const loaded = initializersAsInputs(graph, own);
    return {
      session: await openSession(writeModel(loaded), options),
      flops: new FlopCounter(loaded),
      parameters: new Map(own.map((name) => [name, initializers.get(name)!.dims])),
      logits,
      ...outputs,
    };
  };
  if (name === 'forward') {
    const read = reading ? upgradeOpset(extractSubgraph(model, [logits, reading.value])) : whole;
    return load(read, { loss: null, gradient: null });
  }

  const { reads, write } = attackLosses[name];
  const g = new GraphBuilder(whole);
  const { perSample, seeds } = write(g, {
    logits,
    labels: g.input(labelsInput, 'int64', ['N']),
    beside:
      reads === null
        ? ''
        : reads === 'targets'
          ? g.input(besideInput, 'int64', ['N'])
          : g.input(besideInput, 'float32', ['N', classes]),
    classes,
  });
  const { model: derived, gradients } = differentiate(g.model(), {
    seeds,
    withRespectTo: [input],
    outputs: [logits, perSample],
  });
  return load(derived, { loss: perSample, gradient: gradients.get(input) ?? null });
}
