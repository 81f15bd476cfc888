import { intAttribute, toAttribute } from '../onnx/attributes.ts';
import { dataFlowOf, type DataFlow } from '../onnx/dataFlow.ts';
import { int64List, isFloatType } from '../onnx/dataTypes.ts';
import type { Dim, Model, Node } from '../onnx/ir.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import { inferShapes } from '../onnx/passes/inferShapes.ts';
import { upgradeOpset } from '../onnx/passes/upgradeOpset.ts';
import { namesInUse, producers, trueInputs, unusedName, valuesRead } from '../onnx/topology.ts';

/** A model in two parts: what no trained parameter reaches, and the rest. */
export interface CutModel {
  /** Image → the cut tensors. Without nodes where the lowest layer trains: then nothing is worth keeping. */
  readonly frozen: Model;
  /** Cut tensors → outputs; holds every trained parameter. */
  readonly remainder: Model;
  /** The tensors between them, each with one row for each image: [batch, …]. */
  readonly cut: readonly string[];
}

/**
 * Cuts a model below its lowest trained layers: at the last values that depend on no trained parameter, several
 * where a shortcut crosses. A value whose first axis is not the batch (windows folded into it) cannot be kept image
 * by image, so the cut lies before it. Shapes of frozen values that the remainder asks for are written out as
 * numbers and the batch size, so that the values themselves are not needed.
 * @param outputs of the model, that the remainder is to have
 * @throws ModelError as `extractSubgraph`
 */
export function cutBelowTrained(
  model: Model,
  trained: readonly string[],
  outputs: readonly string[],
): CutModel {
  const whole = extractSubgraph(inferShapes(upgradeOpset(model)), outputs);
  const cut = new Set<string>();
  const shapes = new Map<Node, readonly (number | 'batch')[]>();
  const facts = new Facts(whole, trained);
  const seen = new Set<string>();
  const waiting = [...outputs];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    const node = facts.maker(value);
    if (facts.canBeKept(value)) cut.add(value);
    else if (node) {
      const known = facts.shapeAsked(node);
      if (known) shapes.set(node, known);
      else waiting.push(...valuesRead(node));
    }
  }
  // In the order of the graph, so that the same model gives the same files.
  const order = [
    ...trueInputs(whole.graph).map(({ name }) => name),
    ...whole.graph.nodes.flatMap((n) => n.outputs),
  ];
  const cutInOrder = order.filter((name) => cut.has(name));
  return {
    frozen: extractSubgraph(whole, cutInOrder),
    remainder: extractSubgraph(writeShapes(whole, shapes, cutInOrder[0]!), outputs, cutInOrder),
    cut: cutInOrder,
  };
}

class Facts {
  private readonly model: Model;
  private readonly flow: DataFlow;
  private readonly makers: ReadonlyMap<string, Node>;
  private readonly reached: Set<string>;
  private readonly inputs: ReadonlySet<string>;
  /** Symbol of the first axis of the images. */
  private readonly batch: Dim;

  constructor(model: Model, trained: readonly string[]) {
    const { graph } = model;
    this.model = model;
    this.flow = dataFlowOf(graph);
    this.makers = producers(graph);
    this.inputs = new Set(trueInputs(graph).map(({ name }) => name));
    this.batch = trueInputs(graph)[0]?.shape?.[0] ?? null;
    this.reached = new Set(trained);
    for (const node of graph.nodes) {
      if (valuesRead(node).some((name) => this.reached.has(name))) {
        for (const output of node.outputs) this.reached.add(output);
      }
    }
  }

  maker(value: string): Node | undefined {
    return this.makers.get(value);
  }

  /** Whether the value can be computed once for each image and kept. */
  canBeKept(value: string): boolean {
    if (this.reached.has(value)) return false;
    if (this.inputs.has(value)) return true;
    const node = this.makers.get(value);
    const info = this.infoOf(value);
    return (
      node !== undefined &&
      this.flow.inputs(node).length > 0 &&
      info !== undefined &&
      isFloatType(info.dtype) &&
      this.batch !== null &&
      info.shape?.[0] === this.batch
    );
  }

  /** What a Shape node of a frozen value gives, where that is known but for the batch size. */
  shapeAsked(node: Node): readonly (number | 'batch')[] | null {
    const [source] = node.inputs;
    if (node.op !== 'Shape' || this.reached.has(source!)) return null;
    const shape = this.infoOf(source!)?.shape;
    const dims = shape?.map((dim) => (dim === this.batch && dim !== null ? 'batch' : dim));
    if (!dims?.every((dim): dim is number | 'batch' => dim === 'batch' || typeof dim === 'number'))
      return null;
    return dims.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', dims.length));
  }

  private infoOf(value: string) {
    const { inputs, outputs, valueInfo } = this.model.graph;
    return valueInfo.get(value) ?? [...inputs, ...outputs].find(({ name }) => name === value);
  }
}

/** Replaces Shape nodes by what they give, the batch size taken from the first axis of `rows`. */
function writeShapes(
  model: Model,
  shapes: ReadonlyMap<Node, readonly (number | 'batch')[]>,
  rows: string,
): Model {
  if (shapes.size === 0) return model;
  const { graph } = model;
  const names = namesInUse(graph);
  const fresh = (hint: string) => {
    const name = unusedName(hint, names);
    names.add(name);
    return name;
  };
  const initializers = new Map(graph.initializers);
  const constant = (values: readonly number[]) => {
    const name = fresh('cut.sizes');
    initializers.set(name, int64List(values));
    return name;
  };
  const node = (
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: Record<string, number>,
  ) => ({
    name: output,
    op,
    domain: '',
    inputs,
    outputs: [output],
    attributes: new Map(Object.entries(attributes).map(([key, value]) => [key, toAttribute(key, value)])),
  });
  const batch = node('Shape', [rows], fresh('cut.batch'), { start: 0, end: 1 });
  const nodes = graph.nodes.map((each) => {
    const dims = shapes.get(each);
    if (!dims) return each;
    const parts = dims.map((dim) => (dim === 'batch' ? batch.name : constant([dim])));
    return node('Concat', parts, each.outputs[0]!, { axis: 0 });
  });
  return { ...model, graph: { ...graph, initializers, nodes: [batch, ...nodes] } };
}
