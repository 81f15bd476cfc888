import { ModelError } from '../errors.ts';
import { float32Tensor } from '../onnx/dataTypes.ts';
import type { Tensor } from '../onnx/ir.ts';
import { floatsOf, type Session, type SessionOptions } from '../runtime/session.ts';
import type { StepGraph } from './stepGraph.ts';
import { openStepSession } from './stepSession.ts';

export interface StepResult {
  readonly loss: number;
  /** Loss of each sample, [N]. */
  readonly perSample: Float32Array;
  /** By the name of the parameter or input. */
  readonly gradients: Map<string, Float32Array>;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** A step graph loaded into onnxruntime: loss and gradients of a batch at given parameters. */
export class Step {
  private readonly session: Session;
  private readonly graph: StepGraph;
  private readonly dims: ReadonlyMap<string, readonly number[]>;

  private constructor(session: Session, graph: StepGraph) {
    this.session = session;
    this.graph = graph;
    this.dims = new Map(
      graph.model.graph.inputs.map(({ name, shape }) => [name, shape as readonly number[]]),
    );
  }

  static async open(graph: StepGraph, options: SessionOptions = {}): Promise<Step> {
    return new Step(await openStepSession(graph.model, options), graph);
  }

  /**
   * @param batch images, labels … by input name
   * @param parameters float32 master weights by name
   * @throws ModelError `outputNotFinite` when the loss is NaN or infinite
   */
  async run(
    batch: Readonly<Record<string, Tensor>>,
    parameters: ReadonlyMap<string, Float32Array>,
  ): Promise<StepResult> {
    const feeds: Record<string, Tensor> = { ...batch };
    for (const [name, values] of parameters) feeds[name] = float32Tensor(this.dims.get(name)!, values);
    const outputs = await this.session.run(feeds);
    const loss = floatsOf(outputs, this.graph.loss)[0]!;
    if (!Number.isFinite(loss)) throw new ModelError('outputNotFinite', { output: this.graph.loss });
    const gradients = new Map<string, Float32Array>();
    for (const [name, output] of this.graph.gradients) {
      if (output !== null) gradients.set(name, floatsOf(outputs, output));
    }
    return { loss, perSample: floatsOf(outputs, this.graph.perSample), gradients, outputs };
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }
}
