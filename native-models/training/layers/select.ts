import { ModelError } from '../../errors.ts';
import { dataFlowOf } from '../../onnx/dataFlow.ts';
import type { Model } from '../../onnx/ir.ts';
import { parameterNames } from '../../onnx/parameters.ts';
import { extractSubgraph } from '../../onnx/passes/extractSubgraph.ts';
import type { Random } from '../../random.ts';
import { describeTrainable, type TrainableModel } from './groups.ts';
import { nearNames } from './nearNames.ts';
import type { LayerPolicy } from './policy.ts';

/** A policy that trains parameters the model has; `lora` adds new ones. */
export type SelectionPolicy = Exclude<LayerPolicy, { kind: 'lora' }>;

/** So many near names are listed where one is unknown. */
const nearCount = 5;

export interface SelectionOptions {
  /** Draws for `random`; forked, not disturbed. */
  readonly random: Random;
  /** Values that the loss is computed from: only what they depend on can train. Default: all outputs. */
  readonly outputs?: readonly string[];
}

/**
 * Names of the initializers that train under a policy, in the order of the graph.
 * @throws ModelError `parameterUnknown` with near names for a name or pattern that matches nothing, `badRequest`
 *   for a model that has no parameters, `modelOutputMissing`
 */
export function selectParameters(
  model: Model,
  policy: SelectionPolicy,
  { random, outputs }: SelectionOptions,
): readonly string[] {
  const part = outputs === undefined ? model : extractSubgraph(model, outputs);
  const trainable = describeTrainable(part);
  const chosen = new Set(choose(part, trainable, policy, random));
  if (chosen.size === 0) throw new ModelError('badRequest', { reason: 'the model has nothing to train' });
  return inGraphOrder(trainable, chosen);
}

/** The trained parameter nearest to the image: the backward pass ends there. */
export function lowestParameter(model: Model, parameters: readonly string[]): string | null {
  return inGraphOrder(describeTrainable(model), new Set(parameters))[0] ?? null;
}

function inGraphOrder({ positions }: TrainableModel, chosen: ReadonlySet<string>): readonly string[] {
  const position = (name: string) => positions.get(name) ?? Infinity;
  return [...chosen].sort((a, b) => (position(a) === position(b) ? 0 : position(a) - position(b)));
}

function choose(
  model: Model,
  trainable: TrainableModel,
  policy: SelectionPolicy,
  random: Random,
): readonly string[] {
  const { groups, positions } = trainable;
  switch (policy.kind) {
    case 'all':
      return [...positions.keys()];
    case 'head':
      return headParameters(model, trainable);
    case 'first-block':
      return firstBlock(trainable);
    case 'last-k':
      return groups.slice(-policy.modules).flatMap(({ parameters }) => parameters);
    case 'random': {
      const count = Math.max(1, Math.round(policy.share * groups.length));
      return draw(groups, count, random.fork('layers')).flatMap(({ parameters }) => parameters);
    }
    case 'names':
      return policy.names.flatMap((name) => matching(model, trainable, name));
  }
}

/** Walks back from the outputs to the first layers, and takes what lies behind them too. */
function headParameters(model: Model, { modules, positions }: TrainableModel): readonly string[] {
  const flow = dataFlowOf(model.graph);
  const layers = modules.filter(({ kind }) => kind === 'convolution' || kind === 'linear');
  const layerOf = new Map(layers.flatMap((layer) => layer.nodes.map((node) => [node, layer] as const)));
  const found: string[] = [];
  const seen = new Set<string>();
  const waiting = model.graph.outputs.map(({ name }) => name);
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    const node = flow.maker(value);
    if (!node || seen.has(value)) continue;
    seen.add(value);
    const layer = layerOf.get(node);
    found.push(...(layer?.parameters ?? flow.initializers(node)));
    if (!layer) waiting.push(...flow.inputs(node));
  }
  return found.filter((name) => positions.has(name));
}

function firstBlock({ graph, modules, positions, groups }: TrainableModel): readonly string[] {
  const block = modules.find(({ kind }) => kind === 'residual' || kind === 'attention');
  if (!block) return groups[0]?.parameters ?? [];
  // The two sums of a transformer's block share one path: `blocks.0 (attention)`, `blocks.0 (mlp)`.
  const path = pathOf(block.name);
  const nodes = new Set(
    modules.filter(({ name }) => pathOf(name) === path).flatMap((module) => module.nodes),
  );
  const end = graph.nodes.findLastIndex((node) => nodes.has(node));
  return [...positions].filter(([, position]) => position <= end).map(([name]) => name);
}

const pathOf = (module: string) => module.replace(/ \(.*\)$/, '');

function draw<Item>(items: readonly Item[], count: number, random: Random): readonly Item[] {
  const rest = [...items];
  return Array.from(
    { length: Math.min(count, rest.length) },
    () => rest.splice(random.integer(rest.length), 1)[0]!,
  );
}

/** By exact name, then as the beginning of a path, then as a pattern; a parameter before a module of that name. */
function matching(model: Model, { modules, positions }: TrainableModel, wanted: string): readonly string[] {
  const parameters = parameterNames(model.graph);
  if (parameters.includes(wanted)) return [wanted];
  const isMatch = wanted.includes('*') || wanted.includes('?') ? glob(wanted) : startOf(wanted);
  const inModules = modules
    .filter(({ name }) => name === wanted || isMatch(name))
    .flatMap((module) => module.parameters.filter((name) => positions.has(name)));
  const found = [...parameters.filter(isMatch), ...inModules];
  if (found.length > 0) return found;
  const near = nearNames(wanted, [...parameters, ...modules.map(({ name }) => name)], nearCount);
  throw new ModelError('parameterUnknown', { name: wanted, near: near.join(', ') });
}

const startOf = (path: string) => (name: string) => name.startsWith(`${path}.`);

/** `*` stands for any characters, `?` for one. */
function glob(pattern: string): (name: string) => boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const expression = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  return (name) => expression.test(name);
}
