import { ModelError } from '../errors.ts';
import type { Dim, Model, Node, ValueInfo } from '../onnx/ir.ts';
import { inferShapes } from '../onnx/passes/inferShapes.ts';
import { producers } from '../onnx/topology.ts';
import { findHead } from '../training/head.ts';

export interface ClassifierOutput {
  /** Value [N, classes], or [N, classes, 1, 1], before any softmax that the graph shows. */
  readonly logits: string;
  readonly classes: number;
}

const softmaxes = new Set(['Softmax', 'LogSoftmax']);
const moves = new Set(['Identity', 'Flatten', 'Reshape', 'Squeeze', 'Dropout']);

/**
 * The output of a network that speaks for classes: behind a linear head where there is one, else its last output
 * [N, classes]. A softmax at its end is taken off.
 * @throws ModelError `notClassifier` where there is no such output of two classes or more, or where a Sigmoid makes
 *   it: several classes may then hold at once
 */
export function findClassifierOutput(model: Model): ClassifierOutput {
  const head = findHead(model);
  if (head && head.classes >= 2) return { logits: head.logits, classes: head.classes };
  const { graph } = inferShapes(model);
  const makers = producers(graph);
  const output = graph.outputs.findLast(({ shape }) => classesOf(shape) >= 2);
  if (!output) throw new ModelError('notClassifier', { got: graph.outputs.map(nameOf).join(', ') });
  let node = makers.get(output.name);
  while (node && moves.has(node.op)) node = makers.get(node.inputs[0]!);
  if (isOp(node, 'Sigmoid')) throw new ModelError('notClassifier', { got: `Sigmoid ${nameOf(output)}` });
  const logits = node && node.domain === '' && softmaxes.has(node.op) ? node.inputs[0]! : output.name;
  return { logits, classes: classesOf(output.shape) };
}

function isOp(node: Node | undefined, op: string): boolean {
  return node?.domain === '' && node.op === op;
}

/** Of a shape [N, classes] or [N, classes, 1, 1]; 0 of any other. */
function classesOf(shape: readonly Dim[] | null): number {
  const [, classes, ...rest] = shape ?? [];
  const isFlat = shape?.length === 2 || (shape?.length === 4 && rest.every((size) => size === 1));
  return isFlat && typeof classes === 'number' ? classes : 0;
}

const nameOf = ({ name, shape }: ValueInfo) =>
  `${name} [${(shape ?? ['?']).map((dim) => dim ?? '?').join(', ')}]`;
