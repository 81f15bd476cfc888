import { toAttribute, type PlainAttribute } from '../onnx/attributes.ts';
import { codeOfDataType, int64List } from '../onnx/dataTypes.ts';
import { countModel } from '../onnx/count.ts';
import type { Graph, Model, Node, Tensor } from '../onnx/ir.ts';
import { producers, namesInUse, unusedName } from '../onnx/topology.ts';
import { moduleBorders, planSegments, type Segment } from './recomputeSegments.ts';
import type { StepGraph } from './stepGraph.ts';

/**
 * Trades time for memory: forward values between the borders are dropped after use and computed a second time,
 * segment by segment, when the backward pass comes to them (Chen et al., arXiv 1604.06174).
 *
 * What a segment starts from is read through a Reshape to its own shape plus zero times an element of each gradient
 * that was to be finished before. So a runtime can neither merge the second computation with the first nor do it
 * earlier, and no weight gradient behind a segment holds on to its values while that one is recomputed.
 *
 * @param borders forward values of the model in `step`, e.g. the outputs of its residual blocks, in any order
 * @throws ModelError modelOutputMissing for a border that is no forward value of the step
 */
export function recomputeBetween(step: StepGraph, borders: readonly string[]): StepGraph {
  const { graph } = step.model;
  const { segments, isForward } = planSegments(step, borders);
  const starts = new Map(segments.map((segment) => [segment.firstReader, segment]));
  const finished = gradientValues(step);
  const writer = new Writer(graph);
  const again = new Map<string, string>();
  const nodes: Node[] = [];
  let before: string[] = [];
  for (const node of graph.nodes) {
    const segment = starts.get(node);
    if (segment && before.length > 0) {
      nodes.push(...writer.copyOf(segment, before, again));
      before = [];
    }
    nodes.push(
      isForward(node) ? node : { ...node, inputs: node.inputs.map((name) => again.get(name) ?? name) },
    );
    before.push(...node.outputs.filter((name) => finished.has(name)));
  }
  return { ...step, model: { ...step.model, graph: { ...graph, nodes, initializers: writer.initializers } } };
}

/** Distances between borders that `recomputeForLeastMemory` compares, in modules. */
const distances = [1, 2, 3, 4, 6, 8, 12];

/**
 * Recomputes between those borders of several regular choices at which the counted peak of activations is the
 * lowest; the step as it is where none lowers it.
 * @param model that `step` was built from, with no outputs beside those of `step`
 * @param inputShapes sizes of the step's inputs (images, labels …), by name
 */
export function recomputeForLeastMemory(
  step: StepGraph,
  model: Model,
  inputShapes: Readonly<Record<string, readonly number[]>>,
): StepGraph {
  const peakOf = (graph: StepGraph) => countModel(graph.model, inputShapes).peakActivationBytes;
  let best = { step, peak: peakOf(step) };
  for (const every of distances) {
    const recomputed = recomputeBetween(step, moduleBorders(model, every));
    const peak = peakOf(recomputed);
    if (peak < best.peak) best = { step: recomputed, peak };
  }
  return best.step;
}

/** The values behind the gradient outputs, which are copies of them. */
function gradientValues({ model, gradients }: StepGraph): ReadonlySet<string> {
  const makers = producers(model.graph);
  const outputs = [...gradients.values()].filter((name) => name !== null);
  return new Set(outputs.flatMap((name) => makers.get(name)?.inputs ?? []));
}

class Writer {
  readonly initializers: Map<string, Tensor>;
  private readonly names: Set<string>;
  private readonly constants = new Map<number, string>();

  constructor(graph: Graph) {
    this.initializers = new Map(graph.initializers);
    this.names = namesInUse(graph);
  }

  /** @param again gets the new name of each value that is computed again */
  copyOf(segment: Segment, before: readonly string[], again: Map<string, string>): readonly Node[] {
    const nodes: Node[] = [];
    const write = (
      op: string,
      inputs: readonly string[],
      attributes: Record<string, PlainAttribute> = {},
    ) => {
      const output = this.fresh(`recompute.${op}`);
      nodes.push({ ...nodeOf(op, inputs, output), attributes: attributesOf(attributes) });
      return output;
    };
    const elements = before.map((name) =>
      write('Slice', [write('Reshape', [name, this.constant(-1)]), this.constant(0), this.constant(1)]),
    );
    const joined = write('Concat', elements, { axis: 0 });
    const whole = write('Cast', [joined], { to: codeOfDataType('int64') });
    const one = write('ReduceMax', [whole], { keepdims: 1 });
    const zero = write('Mul', [one, this.constant(0)]);

    const own = new Map<string, string>();
    for (const name of segment.sources) {
      own.set(name, write('Reshape', [name, write('Add', [write('Shape', [name]), zero])]));
    }
    for (const node of segment.nodes) {
      const outputs = node.outputs.map((name) => (name === '' ? '' : this.fresh(`${name}.again`)));
      nodes.push({
        ...node,
        name: this.fresh(`${node.name || node.op}.again`),
        inputs: node.inputs.map((name) => own.get(name) ?? name),
        outputs,
      });
      node.outputs.forEach((name, k) => {
        if (!segment.sources.has(name)) own.set(name, outputs[k]!);
        if (segment.values.has(name)) again.set(name, outputs[k]!);
      });
    }
    return nodes;
  }

  private constant(value: number): string {
    const known = this.constants.get(value);
    if (known !== undefined) return known;
    const name = this.fresh('recompute.constant');
    this.initializers.set(name, int64List([value]));
    this.constants.set(value, name);
    return name;
  }

  private fresh(hint: string): string {
    const name = unusedName(hint, this.names);
    this.names.add(name);
    return name;
  }
}

const nodeOf = (op: string, inputs: readonly string[], output: string) => ({
  name: output,
  op,
  domain: '',
  inputs,
  outputs: [output],
});

const attributesOf = (values: Readonly<Record<string, PlainAttribute>>): Node['attributes'] =>
  new Map(Object.entries(values).map(([name, value]) => [name, toAttribute(name, value)]));
