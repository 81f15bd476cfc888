import { ModelError } from '../errors.ts';
import { GraphBuilder } from '../onnx/build.ts';
import { tensorFromNumbers } from '../onnx/dataTypes.ts';
import type { Model, Node, ValueInfo } from '../onnx/ir.ts';
import { valuesRead } from '../onnx/topology.ts';
import { removeDeadCode } from '../onnx/passes/removeDeadCode.ts';
import { usualFormulations, type Formulations } from './formulations.ts';
import { flat, rules } from './rules.ts';
import { scopeOf, type Tape } from './scope.ts';
import { Values } from './values.ts';
import { Writer } from './writer.ts';

export interface DifferentiateOptions {
  /**
   * Where the walk starts: value → name of a value (same shape) that holds the gradient of the loss with
   * respect to it, or `null` for ones (a scalar loss).
   */
  readonly seeds: ReadonlyMap<string, string | null>;
  /** Graph inputs or initializers to differentiate for. */
  readonly withRespectTo: readonly string[];
  /** Outputs of the model to keep beside the gradients; default: none but the seeds. */
  readonly outputs?: readonly string[];
  readonly formulations?: Formulations;
}

export interface Differentiated {
  /** Forward and backward in one graph of standard operators; outputs: those kept, then the gradients. */
  readonly model: Model;
  /** Value → the output that holds its gradient, or `null` where no path leads from it to a seed. */
  readonly gradients: ReadonlyMap<string, string | null>;
}

/**
 * Writes the backward graph of a model, in reverse mode, after its forward nodes: each node's rule turns the
 * gradients of its outputs into those of its inputs. Nodes that lie on no path from `withRespectTo` to a seed
 * are not differentiated, and nothing is computed that no requested gradient needs.
 *
 * @throws ModelError `gradientUnsupported` naming operator and node (and, for an operator without a rule, the
 *   supported ones), `modelOutputMissing` for a name that is not in the graph, `modelShapeUnresolved` where a
 *   rule needs a shape that cannot be known
 */
export function differentiate(model: Model, options: DifferentiateOptions): Differentiated {
  const values = new Values(model, new Set(options.withRespectTo));
  for (const name of [...options.seeds.keys(), ...options.withRespectTo]) {
    if (!values.has(name)) throw new ModelError('modelOutputMissing', { output: name });
  }
  const writer = new Writer(new GraphBuilder(model), values);
  const active = activeValues(model, values, options.withRespectTo);
  const contributions = new Map<string, string[]>();
  const outputsOf = new Map<Node, string[]>();
  const addGradient = (value: string, gradient: string) => {
    const known = contributions.get(value);
    if (known) known.push(gradient);
    else contributions.set(value, [gradient]);
  };
  const tape: Tape = {
    writer,
    opset: model.opsets.get('') ?? 1,
    formulations: options.formulations ?? usualFormulations,
    isActive: (value) => active.has(value),
    gradientOf: (value) => summed(writer, contributions, value),
    outputsOf: (node) => {
      const outputs = outputsOf.get(node) ?? [...node.outputs];
      outputsOf.set(node, outputs);
      return outputs;
    },
  };

  for (const [value, seed] of options.seeds) addGradient(value, seed ?? ones(writer, value));
  for (const node of [...model.graph.nodes].reverse()) {
    if (!valuesRead(node).some((name) => active.has(name))) continue;
    if (!node.outputs.some((name) => contributions.has(name) && active.has(name))) continue;
    backward(tape, node, addGradient);
  }
  return finish(model, options, tape, outputsOf);
}

function backward(tape: Tape, node: Node, addGradient: (value: string, gradient: string) => void): void {
  const rule = node.domain === '' ? rules.get(node.op) : undefined;
  if (!rule) {
    throw new ModelError('gradientUnsupported', {
      op: node.domain === '' ? node.op : `${node.domain}.${node.op}`,
      node: node.name || (node.outputs[0] ?? ''),
      supported: [...rules.keys()].join(', '),
    });
  }
  const gradients = rule(scopeOf(tape, node));
  if (gradients.length > node.inputs.length) throw new Error(`the rule of ${node.op} has too many gradients`);
  gradients.forEach((gradient, i) => {
    const input = node.inputs[i]!;
    if (gradient === null || !tape.isActive(input)) return;
    tape.writer.values.inherit(gradient, input);
    addGradient(input, gradient);
  });
}

/** Values that depend on what is differentiated for, by a path that a gradient can follow. */
function activeValues(model: Model, values: Values, roots: readonly string[]): ReadonlySet<string> {
  const active = new Set(roots);
  for (const node of model.graph.nodes) {
    if (node.domain === '' && flat.has(node.op)) continue;
    if (!valuesRead(node).some((name) => active.has(name))) continue;
    for (const output of node.outputs) if (output !== '' && values.isFloat(output)) active.add(output);
  }
  return active;
}

/** The gradient of a value that several nodes read is the sum of what they send back; it is written once. */
function summed(writer: Writer, contributions: Map<string, string[]>, value: string): string | null {
  const parts = contributions.get(value);
  if (!parts) return null;
  if (parts.length > 1) {
    const total = writer.op(parts.length === 2 ? 'Add' : 'Sum', parts, `${value}.grad.sum`);
    writer.values.inherit(total, value);
    contributions.set(value, [total]);
    return total;
  }
  return parts[0]!;
}

function ones(writer: Writer, value: string): string {
  const { values } = writer;
  const one = writer.constant(tensorFromNumbers(values.dtype(value), [], [1]), 'one');
  if (values.shape(value)?.length === 0) return one;
  return writer.op('Expand', [one, writer.op('Shape', [value], `${value}.shape`)], `${value}.ones`);
}

function finish(
  model: Model,
  options: DifferentiateOptions,
  tape: Tape,
  outputsOf: ReadonlyMap<Node, string[]>,
): Differentiated {
  const { builder, values } = tape.writer;
  const gradients = new Map<string, string | null>();
  const outputs: ValueInfo[] = [];
  for (const name of options.outputs ?? options.seeds.keys()) {
    outputs.push(model.graph.outputs.find((output) => output.name === name) ?? values.info(name));
  }
  for (const name of options.withRespectTo) {
    const gradient = tape.gradientOf(name);
    if (gradient === null) {
      gradients.set(name, null);
      continue;
    }
    // Under a name of its own, and as a node output of its own: two values may share one gradient tensor.
    const output = builder.op('Identity', [gradient], {}, { name: `${name}.grad` });
    gradients.set(name, output);
    outputs.push({ ...values.info(name), name: output });
  }
  const graph = builder.graph();
  const nodes = graph.nodes.map((node) => {
    const extended = outputsOf.get(node);
    return extended ? { ...node, outputs: extended } : node;
  });
  const whole: Model = { ...model, graph: { ...graph, nodes, outputs } };
  return { model: removeDeadCode(whole), gradients };
}
