import type { Model, Node } from '../onnx/ir.ts';
import { floatInitializer } from '../training/parameters.ts';
import { consumers, producers } from '../onnx/topology.ts';
import { memoryTables, patchOutput } from './anomalyGraph.ts';
import type { Calibration } from './calibration.ts';
import type { Projection } from './whitening.ts';

/** Where a graph of `detectorGraph` keeps what it has learned of good parts. */
export interface LearnedMemory {
  /** Value float32 [N, channels, height, width]: the features before they are whitened. */
  readonly features: string;
  /** Value float32 [N, patches, 1]: distances before they are calibrated. */
  readonly distances: string;
  /** Initializers that `distances` depends on beside the backbone. */
  readonly tables: {
    readonly matrix: string;
    readonly offset: string;
    readonly memory: string;
    readonly squares: string;
  };
  /** Initializers that calibrate distances by place. */
  readonly places: { readonly centre: string; readonly gain: string };
  readonly dimensions: number;
  readonly entries: number;
  /** What stays as it is, see `memoryParameters`. */
  readonly level: Pick<Calibration, 'levelCentre' | 'levelSpread'>;
}

/** Found by how the operators hang together, for a backbone may use any name. @returns null for another kind of graph */
export function findLearnedMemory(model: Model): LearnedMemory | null {
  const { graph } = model;
  const from = producers(graph);
  const readers = consumers(graph);
  const before = (value: string | undefined, op: string): Node | undefined => {
    const node = value === undefined ? undefined : from.get(value);
    return node?.op === op ? node : undefined;
  };
  /** The operator that reads a node's output beside a constant, or, where `op` takes one input, that alone. */
  const after = (node: Node | undefined, op: string): Node | undefined =>
    readers.get(node?.outputs[0] ?? '')?.find((reader) => {
      const [, beside] = reader.inputs;
      return reader.op === op && (beside === undefined || graph.initializers.has(beside));
    });
  const patches = before(patchOutput, 'Transpose');
  const whitened = before(before(patches?.inputs[0], 'Reshape')?.inputs[0], 'Conv');
  const product = after(patches, 'MatMul');
  const shifted = after(product, 'Add');
  const root = graph.nodes.find((node) => node.op === 'Sqrt' && after(node, 'Sub'));
  const centred = after(root, 'Sub');
  const scaled = after(centred, 'Mul');
  const level = after(after(scaled, 'ReduceMean'), 'Sub');
  const share = after(level, 'Div');
  if (!whitened || !product || !shifted || !root || !centred || !scaled || !level || !share) return null;
  const [dimensions, entries] = floatInitializer(model, product.inputs[1]!).dims;
  const scalar = (node: Node) => floatInitializer(model, node.inputs[1]!).data[0]!;
  return {
    features: whitened.inputs[0]!,
    distances: root.outputs[0]!,
    tables: {
      matrix: whitened.inputs[1]!,
      offset: whitened.inputs[2]!,
      memory: product.inputs[1]!,
      squares: shifted.inputs[1]!,
    },
    places: { centre: centred.inputs[1]!, gain: scaled.inputs[1]! },
    ...{ dimensions: dimensions!, entries: entries! },
    level: { levelCentre: scalar(level), levelSpread: scalar(share) },
  };
}

/** Names of everything that `memoryParameters` gives values for. */
export function memoryNames({ tables, places }: LearnedMemory): string[] {
  return [...Object.values(tables), ...Object.values(places)];
}

/** Values of the initializers that distances depend on. @param memory float32 [entries, dimensions] */
export function memoryTableValues(
  { tables }: LearnedMemory,
  projection: Projection,
  memory: Float32Array,
): Map<string, Float32Array> {
  const { transposed, squares } = memoryTables(memory, projection.outputs);
  return new Map([
    [tables.matrix, projection.matrix],
    [tables.offset, projection.offset],
    [tables.memory, transposed],
    [tables.squares, squares],
  ]);
}

/**
 * Values of the initializers that calibrate. Mean and spread of the level are written into the graph as scalars that it
 * may share with others, so that they stay; all calibrated distances are stretched and shifted instead until the level
 * has that mean and that spread. The score is stretched with them.
 */
export function placeValues(
  { places, level }: LearnedMemory,
  { centre, spread, levelCentre, levelSpread }: Calibration,
): Map<string, Float32Array> {
  const stretch = level.levelSpread / levelSpread;
  const shift = levelCentre - level.levelCentre / stretch;
  return new Map([
    [places.centre, centre.map((value, at) => value + spread[at]! * shift)],
    [places.gain, spread.map((value) => stretch / value)],
  ]);
}
