import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ModelError } from '../errors.ts';
import type { Preprocess } from '../images/preprocess.ts';
import { loadModelFile } from '../onnx/files.ts';
import { flopsOf } from '../onnx/flops.ts';
import type { Dim, Model, Node, ValueInfo } from '../onnx/ir.ts';
import { parameterNames } from '../onnx/parameters.ts';
import { inferShapes } from '../onnx/passes/inferShapes.ts';
import { readClassifierCard } from '../training/classifierCard.ts';
import { trueInputs } from '../onnx/topology.ts';
import { readBackboneCard } from './backboneCard.ts';
import { suggestFeatures, type FeatureTensor } from './featureTensors.ts';

export interface LayerDescription {
  readonly name: string;
  readonly op: string;
  /** First value it makes. */
  readonly output: string;
  /** Of that value; a size that is not known is its symbol, or '?'. */
  readonly shape: readonly (number | string)[];
  readonly parameters: number;
  readonly flops: number;
}

/** What an ONNX file says to somebody who wants to teach on it. */
export interface NetworkDescription {
  readonly path: string;
  /** Of the file itself, without external data. */
  readonly sha256: string;
  readonly bytes: number;
  readonly producer: string;
  readonly opset: number;
  readonly inputName: string;
  /** As declared. */
  readonly inputShape: readonly (number | string)[];
  readonly parameters: number;
  /** Of one image at the suggested size; nodes whose shapes depend on the data count 0. */
  readonly flops: number;
  readonly layers: readonly LayerDescription[];
  /** Files that hold weights, relative to the folder of the file itself. */
  readonly externalFiles: readonly string[];
  /** Tensors inside the network that may serve as patch features, shallow ones first. */
  readonly features: readonly FeatureTensor[];
  readonly suggestedFeatures: readonly string[];
  readonly suggestedPreprocess: Preprocess;
}

/** Side of the input where the file leaves it open. */
const usualSide = 224;

/**
 * Reads any ONNX file and says what is in it.
 * @throws ModelError `modelMissing`, `modelUnreadable`, `modelExternalDataMissing`; `modelInputUnsupported` when
 *   there is no single [N,1|3,H,W] input
 */
export async function describeNetwork(path: string): Promise<NetworkDescription> {
  const externalFiles = new Set<string>();
  const model = await loadModelFile(path, (location) => externalFiles.add(location));
  const bytes = await readFile(path);
  const { input, features, layers, nodes, suggestedPreprocess } = describeImageNetwork(model);
  const total = (key: 'parameters' | 'flops') => layers.reduce((sum, layer) => sum + layer[key], 0);
  return {
    path,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    producer: model.producer,
    opset: model.opsets.get('') ?? 0,
    inputName: input.name,
    inputShape: input.shape.map(nameDim),
    parameters: total('parameters'),
    flops: total('flops'),
    layers,
    externalFiles: [...externalFiles],
    features,
    suggestedFeatures: suggestFeatures(features, nodes),
    suggestedPreprocess,
  };
}

/**
 * What a network does with an image of the size it suggests.
 * @throws ModelError `modelInputUnsupported` when there is no single [N,1|3,H,W] input
 */
export function describeImageNetwork(model: Model) {
  const input = imageInput(model);
  const card = readClassifierCard(model) ?? readBackboneCard(model);
  const suggestedPreprocess = card?.preprocess ?? suggestPreprocess(input.shape, model.producer);
  const [height, width] = suggestedPreprocess.size;
  const planes = suggestedPreprocess.order === 'GRAY' ? 1 : 3;
  const shaped = inferShapes(model, {
    inputShapes: new Map([[input.name, [1, planes, height, width]]]),
  });
  const shapes = shapesOf(shaped);
  const outputs = new Set(model.graph.outputs.map(({ name }) => name));
  const features = shaped.graph.nodes.flatMap((node) =>
    node.outputs.flatMap((name) => asFeature(name, node, shapes.get(name), height, outputs)),
  );
  return {
    input,
    features,
    layers: describeLayers(shaped, shapes),
    nodes: shaped.graph.nodes,
    suggestedPreprocess,
  };
}

function imageInput(model: Model): { name: string; shape: readonly Dim[] } {
  const inputs = trueInputs(model.graph);
  const [input] = inputs;
  if (!input || inputs.length > 1) {
    throw new ModelError('modelInputUnsupported', { got: `${inputs.length} inputs`, expected: '1 input' });
  }
  const shape = input.shape ?? [];
  const channels = shape[1];
  if (shape.length !== 4 || (typeof channels === 'number' && channels !== 1 && channels !== 3)) {
    const got = `[${shape.map(nameDim).join(', ')}]`;
    throw new ModelError('modelInputUnsupported', {
      name: input.name,
      got,
      expected: '[N, 1 or 3, height, width]',
    });
  }
  return { name: input.name, shape };
}

/**
 * The file does not say how its pixels are scaled, so by custom: −1..1 for networks that come from TensorFlow,
 * ImageNet's mean and spread (as torchvision states them) for others in colour.
 */
function suggestPreprocess(shape: readonly Dim[], producer: string): Preprocess {
  const side = (dim: Dim | undefined) => (typeof dim === 'number' && dim > 0 ? dim : usualSide);
  const size = [side(shape[2]), side(shape[3])] as const;
  const common = { size, scale: 1, normalise: 'image' } as const;
  if (shape[1] === 1) return { ...common, order: 'GRAY', mean: [114.5], std: [57.6] };
  if (/tf|tensorflow|keras/i.test(producer)) return { ...common, order: 'RGB', mean: [128], std: [128] };
  const mean = [123.675, 116.28, 103.53];
  return { ...common, order: 'RGB', mean, std: [58.395, 57.12, 57.375] };
}

function shapesOf(model: Model): ReadonlyMap<string, readonly Dim[] | null> {
  const { graph } = model;
  const shapes = new Map<string, readonly Dim[] | null>();
  const state = ({ name, shape }: ValueInfo) => shapes.set(name, shape);
  graph.inputs.forEach(state);
  graph.valueInfo.forEach(state);
  graph.outputs.forEach(state);
  graph.initializers.forEach(({ dims }, name) => shapes.set(name, dims));
  return shapes;
}

function describeLayers(
  model: Model,
  shapes: ReadonlyMap<string, readonly Dim[] | null>,
): LayerDescription[] {
  // Each parameter counts where it is first read.
  const unread = new Set(parameterNames(model.graph));
  return model.graph.nodes.map((node) => {
    const own = node.inputs.filter((name) => unread.delete(name));
    const output = node.outputs[0] ?? '';
    return {
      name: node.name,
      op: node.op,
      output,
      shape: (shapes.get(output) ?? []).map(nameDim),
      parameters: own.reduce((sum, name) => sum + model.graph.initializers.get(name)!.data.length, 0),
      flops: knownFlops(node, shapes),
    };
  });
}

function knownFlops(node: Node, shapes: ReadonlyMap<string, readonly Dim[] | null>): number {
  const sizes = (name: string) => {
    const shape = shapes.get(name);
    return shape?.every((dim) => typeof dim === 'number') ? (shape as readonly number[]) : undefined;
  };
  const inputs = node.inputs.map((name) => (name === '' ? null : sizes(name)));
  const outputs = node.outputs.filter((name) => name !== '').map(sizes);
  if (inputs.includes(undefined) || outputs.includes(undefined)) return 0;
  return flopsOf(node, {
    inputs: inputs as (readonly number[] | null)[],
    outputs: outputs as (readonly number[])[],
  });
}

function asFeature(
  name: string,
  node: Node,
  shape: readonly Dim[] | null | undefined,
  inputHeight: number,
  outputs: ReadonlySet<string>,
): readonly FeatureTensor[] {
  const [, channels, height, width] = shape ?? [];
  if (shape?.length !== 4 || ![channels, height, width].every((dim) => typeof dim === 'number')) return [];
  const [c, h, w] = [channels, height, width] as [number, number, number];
  // A quantised or indexed value is no feature, and one cell or every pixel is no patch.
  if (h < 2 || w < 2 || h >= inputHeight || c < 2 || node.op === 'Constant') return [];
  return [{ name, channels: c, height: h, width: w, stride: inputHeight / h, isOutput: outputs.has(name) }];
}

function nameDim(dim: Dim): number | string {
  return dim ?? '?';
}
