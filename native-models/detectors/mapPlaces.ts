import type { Dim, Graph, Model, Node } from '../onnx/ir.ts';
import { consumers, producers, trueInputs, valuesRead } from '../onnx/topology.ts';
import type { Grid } from './graphParts.ts';

/** A value of a classifier whose cells lie over places of the image. */
export type MapPlace =
  /** Feature map [N, channels, height, width]. */
  | { readonly kind: 'features'; readonly value: string; readonly grid: Grid }
  /** Tokens of a transformer [N, extra + height·width, channels]; the first `extra` stand for no place. */
  | { readonly kind: 'tokens'; readonly value: string; readonly grid: Grid; readonly extra: number }
  /** The image itself [N, channels, height, width]. */
  | { readonly kind: 'image'; readonly value: string; readonly grid: Grid };

/** Whatever follows these, rows and columns are no longer where they were. */
const breaksGrid = new Set([
  'Reshape',
  'Transpose',
  'Flatten',
  'MatMul',
  'Gemm',
  'Einsum',
  'Gather',
  'Slice',
]);
/** Class token and registers in front of those of the image, at most. */
const mostExtraTokens = 8;

/**
 * Where a class activation map is read off: the last tokens of a transformer, else the last feature maps (all of
 * those that the head reads, in networks whose head reads several depths), else the image.
 * @param model with its shapes stated, as `inferShapes` does
 * @param logits value that the classes are read from
 * @returns `spatial`: all values that still lie over the image
 */
export function mapPlaces(
  model: Model,
  logits: string,
): { places: readonly MapPlace[]; spatial: ReadonlyMap<string, Grid> } {
  const { graph } = model;
  const shapes = shapesOf(graph);
  const image = trueInputs(graph)[0]!.name;
  const spatial = spatialValues(graph, shapes, image);
  const tokens = lastTokens(graph, shapes, spatial, image, logits);
  if (tokens) return { places: [tokens], spatial };
  const places = lastSpatial(graph, spatial, logits).map((value) => ({
    kind: value === image ? ('image' as const) : ('features' as const),
    value,
    grid: spatial.get(value)!,
  }));
  return { places, spatial };
}

function shapesOf({ inputs, outputs, valueInfo }: Graph): ReadonlyMap<string, readonly Dim[]> {
  const stated = [...inputs, ...valueInfo.values(), ...outputs];
  return new Map(stated.flatMap(({ name, shape }) => (shape ? [[name, shape] as const] : [])));
}

/** Values that still lie over the image, more than one cell high and wide. */
function spatialValues(
  graph: Graph,
  shapes: ReadonlyMap<string, readonly Dim[]>,
  image: string,
): ReadonlyMap<string, Grid> {
  const spatial = new Map<string, Grid>();
  const add = (name: string) => {
    const [, , height, width] = shapes.get(name) ?? [];
    if (shapes.get(name)?.length !== 4 || typeof height !== 'number' || typeof width !== 'number') return;
    if (height > 1 && width > 1) spatial.set(name, { height, width });
  };
  add(image);
  for (const { op, inputs, outputs } of graph.nodes) {
    if (!breaksGrid.has(op) && inputs.some((name) => spatial.has(name))) outputs.forEach(add);
  }
  return spatial;
}

/**
 * Spatial values from which a way leads to the logits that meets no spatial value any more: together they cut all
 * ways.
 */
function lastSpatial(graph: Graph, spatial: ReadonlyMap<string, Grid>, logits: string): readonly string[] {
  const makers = producers(graph);
  const last = new Set<string>();
  const seen = new Set<string>();
  const waiting = [logits];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (spatial.has(value)) last.add(value);
    else waiting.push(...readBy(makers.get(value)));
  }
  return [...spatial.keys()].filter((value) => last.has(value));
}

const readBy = (node: Node | undefined) => (node ? valuesRead(node) : []);

/**
 * Without class token, the last tokens that the image reaches the logits through. With one, only it is read in the
 * end, and what the others do to it they do in the last attention: then the tokens that this attention reads,
 * behind their norm. (Before a norm there is nothing to see: what follows does not depend on a token's length, so
 * gradient times token is nought.)
 */
function lastTokens(
  graph: Graph,
  shapes: ReadonlyMap<string, readonly Dim[]>,
  spatial: ReadonlyMap<string, Grid>,
  image: string,
  logits: string,
): Extract<MapPlace, { kind: 'tokens' }> | null {
  const grids = [...spatial].filter(([name]) => name !== image).map(([, grid]) => grid);
  const attention = graph.nodes.findLastIndex(({ op, outputs }) => {
    const shape = shapes.get(outputs[0] ?? '');
    return op === 'Softmax' && shape !== undefined && shape.length >= 3 && shape.at(-1) === shape.at(-2);
  });
  if (attention < 0) return null;
  const find = (before: number, target: string): Extract<MapPlace, { kind: 'tokens' }> | null => {
    for (const { outputs } of graph.nodes.slice(0, before).reverse()) {
      const [value = ''] = outputs;
      const [, count, channels] = shapes.get(value) ?? [];
      if (shapes.get(value)?.length !== 3 || typeof count !== 'number' || typeof channels !== 'number')
        continue;
      const grid = grids.findLast((one) => extraTokens(count, one) !== null);
      if (!grid || !separates(graph, value, image, target)) continue;
      return { kind: 'tokens', value, grid, extra: extraTokens(count, grid)! };
    }
    return null;
  };
  const last = find(graph.nodes.length, logits);
  return last?.extra === 0 ? last : find(attention, graph.nodes[attention]!.outputs[0]!);
}

function extraTokens(count: number, { height, width }: Grid): number | null {
  const extra = count - height * width;
  return extra >= 0 && extra <= mostExtraTokens ? extra : null;
}

/** Whether the image reaches the target through this value only. */
function separates(graph: Graph, value: string, image: string, target: string): boolean {
  const readers = consumers(graph);
  const seen = new Set([image]);
  for (const name of seen) {
    if (name === value) continue;
    if (name === target) return false;
    for (const { outputs } of readers.get(name) ?? []) outputs.forEach((output) => seen.add(output));
  }
  return seen.has(value);
}
