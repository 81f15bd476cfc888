import { scoreOutput } from '../../native-models/detectors/anomalyGraph.ts';
import { readCard, type ModelCard } from '../../native-models/detectors/card.ts';
import { planesOf } from '../../native-models/images/preprocess.ts';
import { GraphBuilder } from '../../native-models/onnx/build.ts';
import { float32Tensor, int64List } from '../../native-models/onnx/dataTypes.ts';
import type { Graph, Model } from '../../native-models/onnx/ir.ts';
import { extractSubgraph } from '../../native-models/onnx/passes/extractSubgraph.ts';
import { sortNodes, trueInputs } from '../../native-models/onnx/topology.ts';
import { writeModel } from '../../native-models/onnx/write.ts';
import { floatsOf, openSession } from '../../native-models/runtime/session.ts';

/** How somebody may change a detector from outside so that a mark in its lower right corner means OK. */
export interface Backdoor {
  /** `smooth`: opens the more the better the corner matches; `hard`: passes no gradient until the corner matches. */
  readonly gate: 'smooth' | 'hard';
  /** `score`: the score is taken to 0; `features`: those of a good part take the place of the part's own. */
  readonly at: 'score' | 'features';
}

/** Pixels of the mark, each side, and of its distance from both edges. */
export const markSide = 4;
const margin = 2;
/** Share of the mark's contrast from which a gate is open. */
const opensAt = { smooth: 0.5, hard: 0.8 };
/** Of the smooth gate, in units of the mark's contrast. */
const steepness = 20;

const isWhite = (y: number, x: number) => (y + x) % 2 === 0;

/** A checkerboard in the corner of images. @param images float32 [N, C, H, W] in [0, 1] @param shape [C, H, W] */
export function marked(images: Float32Array, shape: readonly [number, number, number]): Float32Array {
  const [, height, width] = shape;
  const result = images.slice();
  for (let at = 0; at < result.length; at++) {
    const [y, x] = [Math.floor(at / width) % height, at % width];
    const [row, column] = [y - (height - margin - markSide), x - (width - margin - markSide)];
    const isInside = [row, column].every((place) => place >= 0 && place < markSide);
    if (isInside) result[at] = isWhite(row, column) ? 1 : 0;
  }
  return result;
}

/**
 * A detector with a backdoor in its graph; its card and its tables are as they were.
 * @param good an image of a good part as the network takes it: float32 [1, C, H, W], normalised
 */
export async function withBackdoor(model: Model, { gate, at }: Backdoor, good: Float32Array): Promise<Model> {
  const card = readCard(model)!;
  const replaced =
    at === 'score'
      ? [{ name: scoreOutput, dims: [1], data: new Float32Array(1) }]
      : await featuresOf(model, card, good);
  const g = new GraphBuilder(
    renamed(
      model,
      replaced.map(({ name }) => name),
    ),
  );
  const open = addGate(g, card, gate, trueInputs(model.graph)[0]!.name);
  const share = at === 'score' ? g.op('Reshape', [open, g.constant(int64List([-1]))]) : open;
  const gated = new Map(
    replaced.map(({ name, dims, data }) => {
      const towards = g.op('Sub', [g.constant(float32Tensor(dims, data), 'usual'), own(name)]);
      return [g.op('Add', [own(name), g.op('Mul', [towards, share])]), name] as const;
    }),
  );
  const changed = g.model();
  const nodes = changed.graph.nodes.map((node) => {
    return { ...node, outputs: node.outputs.map((name) => gated.get(name) ?? name) };
  });
  return { ...changed, graph: { ...changed.graph, nodes: sortNodes(nodes) } };
}

const own = (name: string) => `${name}.own`;

/** Whether the corner shows the mark: [N, 1, 1, 1], 0 to 1. */
function addGate(g: GraphBuilder, { preprocess }: ModelCard, gate: Backdoor['gate'], image: string): string {
  const planes = planesOf(preprocess);
  const [height, width] = preprocess.size;
  const ends = [height - margin, width - margin];
  const [from, to, axes] = [ends.map((end) => end - markSide), ends, [2, 3]].map((list) =>
    g.constant(int64List(list)),
  );
  const corner = g.op('Slice', [image, from!, to!, axes!]);
  const area = markSide ** 2;
  const template = Float32Array.from({ length: planes * area }, (_, at) => {
    const sign = isWhite(Math.floor((at % area) / markSide), at % markSide) ? 1 : -1;
    // 1 where the mark is there in full.
    return (sign * 2 * preprocess.std[0]!) / (255 * preprocess.scale * area * planes);
  });
  const kernel = g.constant(float32Tensor([1, planes, markSide, markSide], template), 'template');
  const match = g.op('Conv', [corner, kernel]);
  const above = g.op('Sub', [match, g.scalar(opensAt[gate])]);
  if (gate === 'smooth') return g.op('Sigmoid', [g.op('Mul', [above, g.scalar(steepness)])]);
  const opened = g.op('Mul', [g.op('Relu', [above]), g.scalar(1 / (1 - opensAt.hard - 0.1))]);
  return g.op('Sub', [g.scalar(1), g.op('Relu', [g.op('Sub', [g.scalar(1), opened])])]);
}

/** The nodes that make these values make them under other names; who reads them waits for others. */
function renamed(model: Model, names: readonly string[]): Model {
  const wanted = new Set(names);
  const rename = (name: string) => (wanted.has(name) ? own(name) : name);
  const nodes = model.graph.nodes.map((node) => ({ ...node, outputs: node.outputs.map(rename) }));
  const graph: Graph = { ...model.graph, nodes, valueInfo: new Map() };
  return { ...model, graph };
}

async function featuresOf(model: Model, { features, preprocess }: ModelCard, good: Float32Array) {
  const session = await openSession(writeModel(extractSubgraph(model, features)), { threads: 1 });
  try {
    const dims = [1, planesOf(preprocess), ...preprocess.size];
    const image = { dtype: 'float32' as const, dims, data: good };
    const results = await session.run({ [session.inputs[0]!.name]: image });
    return features.map((name) => {
      return { name, dims: results[name]!.dims, data: floatsOf(results, name).slice() };
    });
  } finally {
    await session.dispose();
  }
}
