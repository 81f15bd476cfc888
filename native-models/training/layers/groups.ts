import { dataFlowOf } from '../../onnx/dataFlow.ts';
import type { Graph, Model } from '../../onnx/ir.ts';
import { discoverModules, type Module } from '../../onnx/modules.ts';
import { parameterNames } from '../../onnx/parameters.ts';

/** Parameters that train together. */
export interface TrainingGroup {
  /** Of the module. */
  readonly name: string;
  readonly parameters: readonly string[];
}

/** What the choice of layers needs to know about a model. */
export interface TrainableModel {
  readonly graph: Graph;
  readonly modules: readonly Module[];
  /** Parameter → index of the first node that works on data with it, in the order of the graph. */
  readonly positions: ReadonlyMap<string, number>;
  /** In the order of the graph, from the image to the outputs. */
  readonly groups: readonly TrainingGroup[];
}

/** Operators that read a constant of one element as a number of the formula, not as something learned. */
const arithmetic = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'Where']);

/**
 * Divides the parameters into modules: an attention block, an MLP, or a single layer outside of both. Biases and
 * the scale and shift of a normalisation train with their layer (running statistics never train); a parameter
 * outside all modules (the norm before an attention, a position embedding) belongs to the module that follows, at
 * the end to the last one. Numbers of a formula that an exporter wrote as tensors of one element are left out.
 */
export function describeTrainable(model: Model): TrainableModel {
  const { graph } = model;
  const flow = dataFlowOf(graph);
  const learned = new Set(parameterNames(graph).filter((name) => !isFormulaNumber(graph, name)));
  const positions = new Map<string, number>();
  graph.nodes.forEach((node, index) => {
    if (flow.inputs(node).length === 0) return;
    for (const name of flow.initializers(node)) {
      if (learned.has(name) && !positions.has(name)) positions.set(name, index);
    }
  });

  const modules = discoverModules(model);
  const byName = new Map(modules.map((module) => [module.name, module]));
  const isInside = (module: Module): boolean => {
    const parent = module.parent === null ? undefined : byName.get(module.parent);
    return parent !== undefined && (isGroup(parent) || isInside(parent));
  };
  const owned = new Set<string>();
  const groups = modules
    .filter((module) => module.kind !== 'residual' && !isInside(module))
    .map((module) => {
      const parameters = module.parameters.filter((name) => positions.has(name) && !owned.has(name));
      for (const name of parameters) owned.add(name);
      return { name: module.name, parameters, start: flow.indexOf.get(module.nodes[0]!)! };
    })
    .filter(({ parameters }) => parameters.length > 0)
    .sort((a, b) => a.start - b.start);
  for (const [name, position] of positions) {
    if (owned.has(name)) continue;
    const group = groups.find(({ start }) => start > position) ?? groups.at(-1);
    if (group) group.parameters.push(name);
    else groups.push({ name, parameters: [name], start: position });
  }
  return { graph, modules, positions, groups };
}

const isGroup = ({ kind }: Module) => kind === 'attention' || kind === 'mlp';

function isFormulaNumber(graph: Graph, name: string): boolean {
  return (
    graph.initializers.get(name)!.data.length === 1 &&
    graph.nodes.every((node) => arithmetic.has(node.op) || !node.inputs.includes(name))
  );
}
