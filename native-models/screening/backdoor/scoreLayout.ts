import {
  commonGrid,
  detectorGraph,
  mapOutput,
  memoryTables,
  patchOutput,
  scoreOutput,
} from '../../detectors/anomalyGraph.ts';
import type { Classes, ModelCard } from '../../detectors/card.ts';
import { logitsOutput, scoreGraph } from '../../detectors/classifierGraph.ts';
import { opsetOf } from '../../detectors/graphParts.ts';
import { findLearnedMemory, type LearnedMemory } from '../../detectors/learnedMemory.ts';
import type { Dim, Graph, Model } from '../../onnx/ir.ts';
import { inferShapes } from '../../onnx/passes/inferShapes.ts';
import { namesInUse, producers } from '../../onnx/topology.ts';
import { floatInitializer } from '../../training/parameters.ts';
import { graphDifference, type GraphComparison } from './graphDifference.ts';

/** How a detector comes to its score, read off its graph without running it. */
export interface ScoreLayout {
  /** What is not as Kenro computes a score from features or logits; null = the score is computed as in Kenro's detectors. */
  readonly foreign: string | null;
  /**
   * Of an anomaly detector: `same` as a known one, weights and all; `retrained`: its operators, other weights; `other`;
   * `disguised`: it bears the name of a known one and computes otherwise. Null of a classifier, whose network is the
   * customer's.
   */
  readonly backbone: 'same' | 'retrained' | 'other' | 'disguised' | null;
}

/** A network that detectors are taught on here. */
export interface KnownBackbone {
  readonly name: string;
  readonly model: Model;
}

/** Where not even the operators that hold the memory are found. */
const noMemory = 'memory';

/**
 * Compares a detector's graph with the one that Kenro builds by its card and its own tables: a gate between features and
 * score is found though no gradient passes it. What the backbone computes is only told where it is one of `backbones`.
 */
export function scoreLayout(model: Model, card: ModelCard, backbones: readonly KnownBackbone[]): ScoreLayout {
  if (card.classes) return { foreign: foreignProbability(model, card.classes), backbone: null };
  return { foreign: foreignScore(model, card), backbone: backboneOf(model, card, backbones) };
}

/** Between the logits that a classifier puts out, by which it is searched, and its score, by which it judges. */
function foreignProbability(model: Model, { labels, okLabels, temperature }: Classes): string | null {
  const shown = producers(model.graph).get(logitsOutput);
  if (shown?.op !== 'Identity') return logitsOutput;
  const isOk = labels.map((label) => okLabels.includes(label));
  const usual = scoreGraph(logitsOutput, isOk, temperature, opsetOf(model));
  return graphDifference({
    ...{ graph: model.graph, other: usual, learned: new Set() },
    values: [[scoreOutput, scoreOutput]],
    ends: new Map([[shown.inputs[0]!, logitsOutput]]),
  });
}

function foreignScore(model: Model, { features }: ModelCard): string | null {
  const memory = findLearnedMemory(model);
  const usual = memory && rebuilt(model, memory, features);
  if (!usual) return noMemory;
  const { tables, places } = memory;
  const found = graphDifference({
    ...{ graph: model.graph, other: usual.graph },
    learned: new Set([...Object.values(tables), ...Object.values(places)]),
    values: [[scoreOutput, scoreOutput]],
    ends: new Map(features.map((name) => [name, name])),
  });
  return found ?? contradiction(model, memory);
}

/** The detector's graph behind its features as Kenro builds it; null where it holds no such features. */
function rebuilt(model: Model, memory: LearnedMemory, features: readonly string[]): Model | null {
  // A feature that is called like a value to be built leaves no room for it.
  if (features.length === 0 || features.some((name) => reserved.has(name))) return null;
  const shapes = inferShapes(model).graph.valueInfo;
  const tapped = features.map((name) => {
    const [, channels, height, width] = shapes.get(name)?.shape ?? [];
    return { name, channels: sizeOf(channels), height: sizeOf(height), width: sizeOf(width) };
  });
  if (tapped.some(({ channels, height, width }) => channels * height * width === 0)) return null;
  const inputs = tapped.map(({ name, channels, height, width }) => {
    return { name, dtype: 'float32' as const, shape: ['N', channels, height, width] };
  });
  const behind: Graph = {
    ...{ name: model.graph.name, inputs, outputs: [], nodes: [] },
    ...{ initializers: new Map(), valueInfo: new Map() },
  };
  const { tables, dimensions, entries, level, places } = memory;
  const values = (name: string) => floatInitializer(model, name).data;
  const matrix = values(tables.matrix);
  const projection = {
    ...{ matrix, offset: values(tables.offset), outputs: dimensions },
    inputs: matrix.length / dimensions,
  };
  const ones = new Float32Array(values(places.centre).length).fill(1);
  const calibration = { centre: ones, spread: ones, ...level };
  const grid = commonGrid(tapped);
  const stored = new Float32Array(dimensions * entries);
  return detectorGraph({ ...model, graph: behind }, tapped, grid, projection, stored, calibration, grid);
}

const reserved = new Set([scoreOutput, mapOutput, patchOutput]);
const sizeOf = (dim: Dim | undefined) => (typeof dim === 'number' ? dim : 0);

/** Tables that no teaching gives: lengths that are not those of the memory, or a place that counts backwards. */
function contradiction(model: Model, { tables, places, dimensions, entries }: LearnedMemory): string | null {
  const transposed = floatInitializer(model, tables.memory).data;
  const memory = new Float32Array(transposed.length);
  for (let at = 0; at < memory.length; at++) {
    memory[(at % entries) * dimensions + Math.floor(at / entries)] = transposed[at]! / -2;
  }
  const { squares } = memoryTables(memory, dimensions);
  const stated = floatInitializer(model, tables.squares).data;
  const isOff = (square: number, at: number) =>
    !(Math.abs(square - stated[at]!) <= rounding * Math.max(1, Math.abs(square)));
  if (squares.some(isOff)) return tables.squares;
  return floatInitializer(model, places.gain).data.every((gain) => gain > 0) ? null : places.gain;
}

/** Of sums in single precision. */
const rounding = 1e-3;

function backboneOf(
  model: Model,
  { features, backbone }: ModelCard,
  backbones: readonly KnownBackbone[],
): NonNullable<ScoreLayout['backbone']> {
  const isLike = ({ model: other }: KnownBackbone, learned: GraphComparison['learned']) =>
    features.every((name) => namesInUse(other.graph).has(name)) &&
    graphDifference({
      ...{ graph: model.graph, other: other.graph, learned },
      values: features.map((name) => [name, name] as const),
      ends: new Map(),
    }) === null;
  if (backbones.some((other) => isLike(other, new Set()))) return 'same';
  if (backbones.some((other) => isLike(other, 'all'))) return 'retrained';
  return backbones.some(({ name }) => name === backbone) ? 'disguised' : 'other';
}
