import { differentiate } from '../autodiff/differentiate.ts';
import { ModelError } from '../errors.ts';
import { planesOf, type Preprocess } from '../images/preprocess.ts';
import { GraphBuilder } from '../onnx/build.ts';
import { float32Tensor, int64List } from '../onnx/dataTypes.ts';
import type { Dim, Graph, Model, Node } from '../onnx/ir.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import { inferShapes } from '../onnx/passes/inferShapes.ts';
import { upgradeOpset } from '../onnx/passes/upgradeOpset.ts';
import { namesInUse, hasSubgraph, sortNodes, trueInputs, unusedName } from '../onnx/topology.ts';
import { mapOutput, scoreOutput } from './anomalyGraph.ts';
import { findClassifierOutput } from './classifierOutput.ts';
import { opsetOf, reduce, resample, type Grid } from './graphParts.ts';
import { mapPlaces, type MapPlace } from './mapPlaces.ts';

/** Further outputs of a classifier that judges: float32 [N, classes] each, the second after softmax. */
export const logitsOutput = 'logits';
export const probabilitiesOutput = 'probabilities';

export interface ClassifierGraphOptions {
  readonly preprocess: Preprocess;
  /** Which of the classes mean OK, in the order of the logits: at least one does, and one does not. */
  readonly isOk: readonly boolean[];
  /** Logits are divided by it before the softmax. */
  readonly temperature: number;
  /** The network's output is probabilities already, though its graph does not show a softmax. */
  readonly givesProbabilities: boolean;
}

export interface ClassifierGraph {
  readonly model: Model;
  /** Where the map is read off; empty where there is none. */
  readonly places: readonly MapPlace[];
  /** Operator that keeps the map from being made, or null. */
  readonly mapLacks: string | null;
}

/** More than any logit, and still a float32 together with one. */
const beyond = 1e30;
/** Probabilities below this count as this, so that their logarithm is finite. */
export const leastProbability = 1e-12;
/** The map comes out this much finer than the places it is read off, for the eye. */
const mapZoom = 4;
const finestMap = 128;

/**
 * A classifier as a detector, in one graph of standard operators: score = probability of all classes that do not
 * mean OK (the sum itself, not 1 − p(OK), whose last digits would be lost), and a map of what speaks for the
 * likeliest defect.
 *
 * The map is a class activation map (HiResCAM, Draelos & Carin, arXiv 2011.08891; with a head behind global
 * average pooling the same as Grad-CAM, Selvaraju et al., ICCV 2017): ReLU of the sum over channels of gradient
 * times activation, on the last feature maps, tokens, or the image. Differentiated is the logit of the likeliest
 * defect less the log-sum-exp of the OK classes' logits: a softmax does not change when a constant is added to all
 * logits, and so neither does this map. Each cell counts for the whole image: the mean of a map before its ReLU is
 * what its places add to that difference.
 *
 * Only what lies behind those places is differentiated. Values of the network whose names are outputs of a
 * detector are renamed.
 * @throws ModelError `notClassifier`, `noOkClass`, `labelsWrong` where `isOk` is not of the network's classes,
 *   `modelInputUnsupported` where it takes another image
 */
export function classifierGraph(network: Model, options: ClassifierGraphOptions): ClassifierGraph {
  const { logits, classes, model } = prepareClassifier(network, options.preprocess);
  checkClasses(options.isOk, classes);
  const { places, spatial } = mapPlaces(inferShapes(model), logits);
  const { tapped, values } = tapPlaces(model, places, spatial);
  const g = new GraphBuilder(tapped);
  const batch = model.graph.inputs[0]!.shape![0]!;
  const rows = addScore(g, opsetOf(model), logits, batch, options);
  const seed = addContrast(g, rows, options.isOk);
  const judging = g.model();
  try {
    const { model: backward, gradients } = differentiate(judging, {
      seeds: new Map([[rows, seed]]),
      withRespectTo: values,
      outputs: [scoreOutput, probabilitiesOutput, logitsOutput],
    });
    return { model: withMap(backward, places, values, gradients, batch), places, mapLacks: null };
  } catch (error) {
    if (!(error instanceof ModelError) || error.kind !== 'gradientUnsupported') throw error;
    return { model: judging, places: [], mapLacks: String(error.params['op']) };
  }
}

/**
 * The part of a network that makes its logits, for images of this size and with free names for what a detector
 * puts out.
 * @throws ModelError `notClassifier`, `modelInputUnsupported`
 */
export function prepareClassifier(
  network: Model,
  preprocess: Preprocess,
): { model: Model; logits: string; classes: number } {
  const sized = withImageSize(upgradeOpset(network), preprocess);
  const free = withFreeNames(sized, [scoreOutput, mapOutput, probabilitiesOutput, logitsOutput]);
  const { logits, classes } = findClassifierOutput(free);
  const model = extractSubgraph(free, [logits]);
  return { model: { ...model, graph: { ...model.graph, outputs: [] } }, logits, classes };
}

/** @throws ModelError `labelsWrong`, `noOkClass` */
export function checkClasses(isOk: readonly boolean[], classes: number): void {
  if (isOk.length !== classes) throw new ModelError('labelsWrong', { found: isOk.length, needed: classes });
  if (!isOk.includes(true)) throw new ModelError('noOkClass');
  if (!isOk.includes(false)) throw new ModelError('oneClass', { label: 'OK' });
}

function withImageSize(model: Model, preprocess: Preprocess): Model {
  const images = trueInputs(model.graph);
  const [image] = images;
  const wanted = [planesOf(preprocess), ...preprocess.size];
  const expected = `float32 [N, ${wanted.join(', ')}]`;
  if (!image || images.length > 1) {
    throw new ModelError('modelInputUnsupported', { got: `${images.length} inputs`, expected });
  }
  const declared = image.shape?.slice(1) ?? [];
  const fits =
    declared.length === 3 && declared.every((dim, at) => typeof dim !== 'number' || dim === wanted[at]);
  if (!fits || (image.dtype ?? 'float32') !== 'float32') {
    const got = `${image.dtype ?? '?'} [${(image.shape ?? []).map((dim) => dim ?? '?').join(', ')}]`;
    throw new ModelError('modelInputUnsupported', { name: image.name, got, expected });
  }
  const batch = image.shape?.[0];
  const shape = [typeof batch === 'number' ? batch : 'N', ...wanted];
  const { graph } = model;
  const outputs = graph.outputs.map(({ shape: stated, ...output }) => ({
    ...output,
    shape: stated?.length === 2 ? [null, stated[1]!] : null,
  }));
  const inputs = [{ name: image.name, dtype: 'float32' as const, shape }];
  // What the file states for another size would contradict this one.
  return { ...model, graph: { ...graph, inputs, outputs, valueInfo: new Map() } };
}

/** The model with other names for values that are called so. */
function withFreeNames(model: Model, wanted: readonly string[]): Model {
  const taken = namesInUse(model.graph);
  const clashing = wanted.filter((name) => taken.has(name));
  if (clashing.length === 0) return model;
  const flow = model.graph.nodes.find(hasSubgraph);
  if (flow) throw new ModelError('modelOperatorUnknown', { op: flow.op, node: flow.name });
  const names = new Map(clashing.map((name) => [name, unusedName(`network.${name}`, taken)]));
  const rename = (name: string) => names.get(name) ?? name;
  return { ...model, graph: renamed(model.graph, rename) };
}

function renamed(graph: Graph, rename: (name: string) => string): Graph {
  const infos = <Info extends { name: string }>(all: readonly Info[]) =>
    all.map((info) => ({ ...info, name: rename(info.name) }));
  return {
    ...graph,
    inputs: infos(graph.inputs),
    outputs: infos(graph.outputs),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    })),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [rename(name), tensor])),
  };
}

/**
 * Puts an Identity between each place and what reads it on its way out of the feature maps: differentiated for
 * that, each place is credited with what it does itself, not with what deeper places made of it.
 */
function tapPlaces(
  model: Model,
  places: readonly MapPlace[],
  spatial: ReadonlyMap<string, Grid>,
): { tapped: Model; values: readonly string[] } {
  if (places.length < 2) return { tapped: model, values: places.map(({ value }) => value) };
  const taken = namesInUse(model.graph);
  const names = new Map(places.map(({ value }) => [value, unusedName(`${value}.seen`, taken)]));
  const nodes = model.graph.nodes.map((node) =>
    node.outputs.some((name) => spatial.has(name))
      ? node
      : { ...node, inputs: node.inputs.map((name) => names.get(name) ?? name) },
  );
  const seen = [...names].map(([value, name]) => identity(value, name));
  const graph = { ...model.graph, nodes: sortNodes([...nodes, ...seen]) };
  return { tapped: { ...model, graph }, values: [...names.values()] };
}

const identity = (value: string, name: string): Node => ({
  ...{ name: '', op: 'Identity', domain: '', inputs: [value], outputs: [name], attributes: new Map() },
});

/** Logits, probabilities and score. @returns the logits as [N, classes] */
function addScore(
  g: GraphBuilder,
  opset: number,
  logits: string,
  batch: Dim,
  { isOk, temperature, givesProbabilities }: ClassifierGraphOptions,
): string {
  const flat = g.op('Flatten', [logits], { axis: 1 });
  const rows = givesProbabilities ? g.op('Log', [g.op('Max', [flat, g.scalar(leastProbability)])]) : flat;
  const probabilities = addDefectProbability(g, opset, rows, isOk, temperature);
  g.output(scoreOutput, 'float32', [batch]);
  g.outputAs(probabilitiesOutput, probabilities, 'float32', [batch, isOk.length]);
  g.outputAs(logitsOutput, rows, 'float32', [batch, isOk.length]);
  return rows;
}

/** The score. @param rows logits as [N, classes] @returns probabilities [N, classes] */
function addDefectProbability(
  g: GraphBuilder,
  opset: number,
  rows: string,
  isOk: readonly boolean[],
  temperature: number,
): string {
  const scaled = g.op('Mul', [rows, g.scalar(1 / temperature)]);
  const probabilities = g.op('Softmax', [scaled], { axis: 1 });
  const defects = g.op('Mul', [probabilities, g.constant(rowOf(isOk, 0, 1), 'defect_classes')]);
  const sum = reduce(g, opset, 'ReduceSum', defects, [1]);
  g.op('Reshape', [sum, g.constant(int64List([-1]))], {}, { outputs: [scoreOutput] });
  return probabilities;
}

/** Only the score, of logits that are an input of that name: float32 [N, classes]. @param opset as `opsetOf` */
export function scoreGraph(
  logits: string,
  isOk: readonly boolean[],
  temperature: number,
  opset: number,
): Graph {
  const g = new GraphBuilder();
  addDefectProbability(g, opset, g.input(logits, 'float32', ['N', isOk.length]), isOk, temperature);
  g.output(scoreOutput, 'float32', ['N']);
  return g.graph();
}

/** Gradient of (logit of the likeliest defect − log-sum-exp of the OK classes' logits) by the logits, [N, classes]. */
function addContrast(g: GraphBuilder, rows: string, isOk: readonly boolean[]): string {
  const defects = g.op('Add', [rows, g.constant(rowOf(isOk, -beyond, 0), 'only_defects')]);
  const likeliest = g.op('ArgMax', [defects], { axis: 1, keepdims: 0 });
  const depth = g.constant(int64List([isOk.length]));
  const chosen = g.op('OneHot', [likeliest, depth, g.constant(float32Tensor([2], [0, 1]))], { axis: 1 });
  const good = g.op('Add', [rows, g.constant(rowOf(isOk, 0, -beyond), 'only_ok')]);
  return g.op('Sub', [chosen, g.op('Softmax', [good], { axis: 1 })]);
}

/** float32 [1, classes] with one value for OK classes and another for defects. */
function rowOf(isOk: readonly boolean[], ok: number, defect: number) {
  return float32Tensor(
    [1, isOk.length],
    isOk.map((means) => (means ? ok : defect)),
  );
}

function withMap(
  backward: Model,
  places: readonly MapPlace[],
  values: readonly string[],
  gradients: ReadonlyMap<string, string | null>,
  batch: Dim,
): Model {
  const { graph } = backward;
  const kept = new Set([scoreOutput, probabilitiesOutput, logitsOutput]);
  const outputs = graph.outputs.filter(({ name }) => kept.has(name));
  const g = new GraphBuilder({ ...backward, graph: { ...graph, outputs } });
  const grid = finest(places.map((place) => place.grid));
  const zoom = Math.max(1, Math.min(mapZoom, Math.floor(finestMap / Math.max(grid.height, grid.width))));
  const size = { height: grid.height * zoom, width: grid.width * zoom };
  const shares = places.flatMap((place, at) => {
    const gradient = gradients.get(values[at]!);
    if (!gradient) return [];
    return resample(g, addShare(g, opsetOf(backward), place, values[at]!, gradient), place.grid, grid);
  });
  // A head that ignores its places (all weights zero) has no gradient to show.
  if (shares.length === 0) return g.model();
  const sum = shares.length === 1 ? shares[0]! : g.op('Sum', shares);
  const map = resample(g, g.op('Relu', [sum]), grid, size);
  g.outputAs(mapOutput, map, 'float32', [batch, 1, size.height, size.width]);
  return g.model();
}

function finest(grids: readonly Grid[]): Grid {
  return grids.reduce((best, grid) => (grid.height * grid.width > best.height * best.width ? grid : best));
}

/** What each cell of a place adds, times the number of cells: [N, 1, height, width]. */
function addShare(g: GraphBuilder, opset: number, place: MapPlace, value: string, gradient: string): string {
  const { height, width } = place.grid;
  const product = g.op('Mul', [gradient, value]);
  const counted = g.op('Mul', [
    reduce(g, opset, 'ReduceSum', product, [place.kind === 'tokens' ? 2 : 1]),
    g.scalar(height * width),
  ]);
  if (place.kind !== 'tokens') return counted;
  const end = place.extra + height * width;
  const bounds = [[place.extra], [end], [1]].map((list) => g.constant(int64List(list)));
  const own = g.op('Slice', [counted, ...bounds]);
  return g.op('Reshape', [own, g.constant(int64List([0, 1, height, width]))]);
}
