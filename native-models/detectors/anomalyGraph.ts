import { GraphBuilder } from '../onnx/build.ts';
import type { Model } from '../onnx/ir.ts';
import { float32Tensor, int64List } from '../onnx/dataTypes.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import { trueInputs } from '../onnx/topology.ts';
import { ModelError } from '../errors.ts';
import { levelMargin, smallest, type Calibration } from './calibration.ts';
import { opsetOf, reduce, resample, type Grid } from './graphParts.ts';
import type { Projection } from './whitening.ts';

/** A tensor of the backbone as it comes out at the detector's input size. */
export interface TappedFeature {
  readonly name: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Names of the detector's outputs: `score` float32 [N], `map` float32 [N,1,height,width]. */
export const scoreOutput = 'score';
export const mapOutput = 'map';
/** Output of the patch graph: float32 [N, patches, dimensions], patches row by row. */
export const patchOutput = 'patches';
/** Output of the distance graph: float32 [N, patches, 1]. */
export const distanceOutput = 'distances';

/**
 * The backbone up to the tapped tensors, with one image input of fixed size.
 * @throws ModelError `modelOutputMissing` when a feature is no tensor of the network, `modelInputUnsupported`
 *   when the network has not exactly one input
 */
export function tapBackbone(backbone: Model, features: readonly string[], planes: number, size: Grid): Model {
  const images = trueInputs(backbone.graph);
  const [image] = images;
  if (!image || images.length > 1) {
    throw new ModelError('modelInputUnsupported', { got: `${images.length} inputs`, expected: '1 input' });
  }
  const known = new Set(backbone.graph.nodes.flatMap(({ outputs }) => outputs));
  const missing = features.find((name) => !known.has(name));
  if (missing !== undefined) throw new ModelError('modelOutputMissing', { name: missing });
  const declared = image.shape?.[1];
  if (typeof declared === 'number' && declared !== planes) {
    const params = { name: image.name, got: `${planes} channels`, expected: `${declared} channels` };
    throw new ModelError('modelInputUnsupported', params);
  }
  const tapped = extractSubgraph(backbone, features);
  const batch = image.shape?.[0];
  const shape = [typeof batch === 'number' ? batch : 'N', planes, size.height, size.width];
  return {
    ...tapped,
    graph: {
      ...tapped.graph,
      inputs: [{ name: image.name, dtype: 'float32', shape }],
      outputs: features.map((name) => ({ name, dtype: 'float32', shape: null })),
      // Shapes stated for another input size would contradict this one.
      valueInfo: new Map(),
    },
  };
}

/** The finest grid among the tapped tensors: coarser ones are interpolated to it. */
export function commonGrid(features: readonly TappedFeature[]): Grid {
  const finest = features.reduce((best, feature) =>
    feature.height * feature.width > best.height * best.width ? feature : best,
  );
  return { height: finest.height, width: finest.width };
}

/**
 * Backbone followed by the patch features: each tapped tensor averaged over 3×3 neighbours (the local
 * neighbourhood of PatchCore, Roth et al., CVPR 2022, section 3.1), brought to the common grid, stacked along
 * the channels and mapped by `projection` where one is given.
 * @param tapped result of `tapBackbone`
 */
export function addPatches(
  tapped: Model,
  features: readonly TappedFeature[],
  grid: Grid,
  projection: Projection | null,
): GraphBuilder {
  const g = new GraphBuilder({ ...tapped, graph: { ...tapped.graph, outputs: [] } });
  const parts = features.map((feature) => {
    const pooled = g.op('AveragePool', [feature.name], {
      kernel_shape: [3, 3],
      strides: [1, 1],
      pads: [1, 1, 1, 1],
      count_include_pad: 0,
    });
    return resample(g, pooled, feature, grid);
  });
  const stacked = parts.length === 1 ? parts[0]! : g.op('Concat', parts, { axis: 1 });
  const stackedChannels = features.reduce((sum, { channels }) => sum + channels, 0);
  const mapped = projection
    ? g.op('Conv', [
        stacked,
        g.constant(
          float32Tensor([projection.outputs, projection.inputs, 1, 1], projection.matrix),
          'whitening',
        ),
        g.constant(float32Tensor([projection.outputs], projection.offset), 'whitening_offset'),
      ])
    : stacked;
  const dimensions = projection?.outputs ?? stackedChannels;
  const flat = g.op('Reshape', [mapped, g.constant(int64List([0, dimensions, -1]))]);
  g.op('Transpose', [flat], { perm: [0, 2, 1] }, { outputs: [patchOutput] });
  return g;
}

/** Backbone and patches with `patches` as the only output: what teaching runs to collect features. */
export function patchGraph(
  tapped: Model,
  features: readonly TappedFeature[],
  grid: Grid,
  projection: Projection | null,
): Model {
  const g = addPatches(tapped, features, grid, projection);
  g.output(patchOutput, 'float32', null);
  return g.model();
}

/** Backbone, patches and their distances to the memory: what calibration runs. */
export function distanceGraph(
  tapped: Model,
  features: readonly TappedFeature[],
  grid: Grid,
  projection: Projection,
  memory: Float32Array,
): Model {
  const g = addPatches(tapped, features, grid, projection);
  const distances = nearestDistance(g, opsetOf(tapped), projection.outputs, memory);
  g.outputAs(distanceOutput, distances, 'float32', null);
  return g.model();
}

/**
 * The whole detector as one graph, of standard differentiable operators: patches, distance of each to the
 * nearest memory entry, calibrated by position, and the score (`scoreOf` in calibration.ts says which). The map
 * is what the score sums up: how far each place lies above the rest of its own image, never negative.
 * @param memory float32 [entries, dimensions], row-major: the good patches that distances are taken to
 * @param map size of the map that is put out
 */
export function detectorGraph(
  tapped: Model,
  features: readonly TappedFeature[],
  grid: Grid,
  projection: Projection,
  memory: Float32Array,
  calibration: Calibration,
  map: Grid,
): Model {
  const g = addPatches(tapped, features, grid, projection);
  const opset = opsetOf(tapped);
  const batch = tapped.graph.inputs[0]!.shape![0]!;
  const distances = nearestDistance(g, opset, projection.outputs, memory);
  const excess = addScore(g, opset, distances, calibration);
  const cells = g.op('Reshape', [excess, g.constant(int64List([0, 1, grid.height, grid.width]))]);
  g.outputAs(mapOutput, resample(g, cells, grid, map), 'float32', [batch, 1, map.height, map.width]);
  g.output(scoreOutput, 'float32', [batch]);
  return g.model();
}

/** What |f − m|² = |f|² − 2f·m + |m|² needs of the memory: −2m, float32 [dimensions, entries], and |m|², [entries]. */
export function memoryTables(
  memory: Float32Array,
  dimensions: number,
): { readonly transposed: Float32Array; readonly squares: Float32Array } {
  const entries = memory.length / dimensions;
  const transposed = new Float32Array(memory.length);
  const squares = new Float32Array(entries);
  for (let m = 0; m < entries; m++) {
    for (let d = 0; d < dimensions; d++) {
      const value = memory[m * dimensions + d]!;
      transposed[d * entries + m] = -2 * value;
      squares[m]! += value * value;
    }
  }
  return { transposed, squares };
}

/** Distance to the nearest entry, float32 [N, patches, 1]. */
function nearestDistance(g: GraphBuilder, opset: number, dimensions: number, memory: Float32Array): string {
  const entries = memory.length / dimensions;
  const { transposed, squares } = memoryTables(memory, dimensions);
  const product = g.op('MatMul', [
    patchOutput,
    g.constant(float32Tensor([dimensions, entries], transposed), 'memory'),
  ]);
  const shifted = g.op('Add', [product, g.constant(float32Tensor([entries], squares), 'memory_squares')]);
  const nearest = reduce(g, opset, 'ReduceMin', shifted, [2]);
  const own = reduce(g, opset, 'ReduceSum', g.op('Mul', [patchOutput, patchOutput]), [2]);
  // Rounding may leave a little less than nothing; the small floor also keeps the slope of the root finite.
  const square = g.op('Add', [g.op('Relu', [g.op('Add', [nearest, own])]), g.scalar(1e-6)]);
  return g.op('Sqrt', [square]);
}

/** `scoreOf` as operators. @returns the excess of each patch over its image's mean, float32 [N, patches, 1] */
function addScore(g: GraphBuilder, opset: number, distances: string, calibration: Calibration): string {
  const patches = calibration.centre.length;
  const centre = g.constant(float32Tensor([patches, 1], calibration.centre), 'usual_distance');
  const gain = g.constant(
    float32Tensor(
      [patches, 1],
      calibration.spread.map((spread) => 1 / spread),
    ),
    'usual_spread_inverse',
  );
  const calibrated = g.op('Mul', [g.op('Sub', [distances, centre]), gain]);
  const mean = reduce(g, opset, 'ReduceMean', calibrated, [1]);
  const excess = g.op('Relu', [g.op('Sub', [calibrated, mean])]);
  const square = g.op('Mul', [excess, excess]);
  const fourth = reduce(g, opset, 'ReduceMean', g.op('Mul', [square, square]), [1]);
  const contrast = g.op('Sqrt', [g.op('Sqrt', [g.op('Add', [fourth, g.scalar(smallest)])])]);
  const level = g.op('Div', [
    g.op('Sub', [mean, g.scalar(calibration.levelCentre)]),
    g.scalar(calibration.levelSpread),
  ]);
  const raised = g.op('Relu', [g.op('Sub', [level, g.scalar(levelMargin)])]);
  g.op(
    'Reshape',
    [g.op('Add', [contrast, raised]), g.constant(int64List([-1]))],
    {},
    { outputs: [scoreOutput] },
  );
  return excess;
}
