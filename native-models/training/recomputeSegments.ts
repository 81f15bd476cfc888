import { ModelError } from '../errors.ts';
import type { Graph, Model, Node } from '../onnx/ir.ts';
import { discoverModules } from '../onnx/modules.ts';
import { producers, valuesRead } from '../onnx/topology.ts';
import type { StepGraph } from './stepGraph.ts';

/** A stretch of the forward pass that is computed twice. */
export interface Segment {
  /** What has to be computed again, in order. */
  readonly nodes: readonly Node[];
  /** What the backward pass reads of it. */
  readonly values: ReadonlySet<string>;
  /** What it starts from: values of earlier segments and inputs of the graph, kept until then. */
  readonly sources: ReadonlySet<string>;
  /** The first node of the backward pass that reads one of its values. */
  readonly firstReader: Node;
}

export interface SegmentPlan {
  readonly segments: readonly Segment[];
  /** Whether the loss depends on the node; the others make up the backward pass. */
  readonly isForward: (node: Node) => boolean;
}

/**
 * Divides the forward nodes of a step at the borders. Values that a later segment reads are kept like borders; what
 * stands behind the last border is not computed again, as the backward pass begins there.
 * @throws ModelError modelOutputMissing for a border that is no forward value of the step
 */
export function planSegments(step: StepGraph, borders: readonly string[]): SegmentPlan {
  const { graph } = step.model;
  const forward = ancestors(graph, [step.loss, step.perSample]);
  const isForward = (node: Node) => forward.has(node);
  const makers = producers(graph);
  const indexOf = new Map(graph.nodes.map((node, index) => [node, index]));
  const ends = borders
    .map((name) => {
      const maker = makers.get(name);
      if (!maker || !forward.has(maker)) throw new ModelError('modelOutputMissing', { name });
      return indexOf.get(maker)!;
    })
    .sort((a, b) => a - b);
  const segmentOf = (node: Node) => ends.filter((end) => end < indexOf.get(node)!).length;
  const kept = new Set([...borders, ...graph.outputs.map(({ name }) => name)]);
  for (const node of graph.nodes) {
    if (!isForward(node)) continue;
    for (const name of valuesRead(node)) {
      const maker = makers.get(name);
      if (maker && segmentOf(maker) < segmentOf(node)) kept.add(name);
    }
  }

  const segments = ends.flatMap((_, index): Segment[] => {
    const own = (node: Node) =>
      valuesRead(node).filter((name) => {
        const maker = makers.get(name);
        return maker !== undefined && isForward(maker) && segmentOf(maker) === index;
      });
    const backward = graph.nodes.filter((node) => !isForward(node));
    const first = backward.findIndex((node) => own(node).some((name) => !kept.has(name)));
    if (first < 0) return [];
    // Also the border itself: a mask that compares an activation with its input needs both from one computation.
    const values = new Set(backward.slice(first).flatMap(own));
    const given = new Set([...kept].filter((name) => !values.has(name)));
    const nodes = ancestors(graph, [...values], given);
    const made = new Set([...nodes].flatMap(({ outputs }) => outputs));
    const sources = [...nodes]
      .flatMap(valuesRead)
      .filter((name) => !made.has(name) || given.has(name))
      .filter((name) => !graph.initializers.has(name));
    return [
      {
        nodes: graph.nodes.filter((node) => nodes.has(node)),
        values,
        sources: new Set(sources),
        firstReader: backward[first]!,
      },
    ];
  });
  return { segments, isForward };
}

/** Borders for a model: the output of each `every`th of its outermost modules. */
export function moduleBorders(model: Model, every: number): readonly string[] {
  return discoverModules(model)
    .filter(({ parent }) => parent === null)
    .map(({ output }) => output)
    .filter((_, i) => i % every === every - 1);
}

/** The nodes that the values are made by, directly or through others, as far as values that are `given`. */
function ancestors(
  graph: Graph,
  values: readonly string[],
  given: ReadonlySet<string> = new Set(),
): Set<Node> {
  const makers = producers(graph);
  const found = new Set<Node>();
  const waiting = [...values];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    const maker = makers.get(value);
    if (!maker || found.has(maker)) continue;
    found.add(maker);
    waiting.push(...valuesRead(maker).filter((name) => !given.has(name)));
  }
  return found;
}
