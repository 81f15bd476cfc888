import { tensorAttribute } from './attributes.ts';
import type { DataFlow } from './dataFlow.ts';
import type { Node } from './ir.ts';

/** One Conv, ConvTranspose, Gemm or MatMul with a constant factor, and what belongs to it. */
export interface Layer {
  readonly kind: 'convolution' | 'linear';
  readonly root: Node;
  readonly nodes: ReadonlySet<Node>;
  readonly output: string;
  readonly hasActivation: boolean;
  /** True where each position is computed from itself alone: linear layers and 1×1 convolutions. */
  readonly isPointwise: boolean;
}

const convolutions = new Set(['Conv', 'ConvTranspose']);
const norms = new Set(['BatchNormalization', 'InstanceNormalization', 'GroupNormalization', 'LRN']);
const nonlinear = new Set([
  ...[
    'Relu',
    'LeakyRelu',
    'PRelu',
    'Elu',
    'Celu',
    'Selu',
    'ThresholdedRelu',
    'Sigmoid',
    'HardSigmoid',
    'Tanh',
  ],
  ...['HardSwish', 'Gelu', 'Mish', 'Softplus', 'Softsign', 'Erf', 'Clip', 'Exp'],
]);
const affine = new Set(['Add', 'Sub', 'Mul', 'Div', 'Neg', 'Pow']);

/** The longest activation written in elementary operators is tanh-GELU: 8 nodes. */
const maxActivationNodes = 8;

/** The layer that begins at `root`, or null where none does. */
export function followLayer(flow: DataFlow, root: Node): Layer | null {
  const isConvolution = convolutions.has(root.op);
  const isLinear = root.op === 'Gemm' || root.op === 'MatMul';
  if ((!isConvolution && !isLinear) || root.domain !== '' || flow.inputs(root).length !== 1) return null;

  const nodes = new Set([root]);
  let output = root.outputs[0]!;
  let hasActivation = false;
  while (!hasActivation) {
    const next = flow.soleReader(output);
    if (next && (norms.has(next.op) || (affine.has(next.op) && flow.inputs(next).length === 1))) {
      nodes.add(next);
      output = next.outputs[0]!;
      continue;
    }
    const activation = followActivation(flow, output);
    if (!activation) break;
    for (const node of activation.nodes) nodes.add(node);
    output = activation.output;
    hasActivation = true;
    // The factor ½ of a GELU may stand behind the product.
    const scale = flow.soleReader(output);
    if (scale && (scale.op === 'Mul' || scale.op === 'Div') && isScaledByNumber(flow, scale)) {
      nodes.add(scale);
      output = scale.outputs[0]!;
    }
  }
  const kernel = flow.graph.initializers.get(root.inputs[1] ?? '')?.dims.slice(2) ?? [];
  const isPointwise =
    isLinear || (root.op === 'Conv' && kernel.length > 0 && kernel.every((size) => size === 1));
  return { kind: isConvolution ? 'convolution' : 'linear', root, nodes, output, hasActivation, isPointwise };
}

function isScaledByNumber(flow: DataFlow, node: Node): boolean {
  const constants = flow.initializers(node);
  const sizes = node.inputs.flatMap((name) => {
    const maker = flow.maker(name);
    return maker?.op === 'Constant' ? [tensorAttribute(maker, 'value')?.data.length ?? 1] : [];
  });
  for (const name of constants) sizes.push(flow.graph.initializers.get(name)!.data.length);
  return flow.inputs(node).length === 1 && sizes.every((size) => size === 1);
}

/**
 * An activation in one operator or several (x·sigmoid(x), x·(1+erf(x/√2))/2 …): the smallest group of element-wise
 * nodes that read nothing but `value`, hold a nonlinear one, and give one result.
 */
function followActivation(flow: DataFlow, value: string): { nodes: readonly Node[]; output: string } | null {
  const isOutput = (name: string) => flow.graph.outputs.some((output) => output.name === name);
  const made = new Set([value]);
  const nodes: Node[] = [];
  while (nodes.length < maxActivationNodes) {
    const next = [...made]
      .flatMap((name) => flow.readers(name))
      .filter(
        (node) =>
          !nodes.includes(node) &&
          (nonlinear.has(node.op) || affine.has(node.op)) &&
          flow.inputs(node).every((name) => made.has(name)),
      )
      .sort((a, b) => flow.indexOf.get(a)! - flow.indexOf.get(b)!)[0];
    if (!next) return null;
    nodes.push(next);
    made.add(next.outputs[0]!);

    const live = [...made].filter(
      (name) => isOutput(name) || flow.readers(name).some((reader) => !nodes.includes(reader)),
    );
    const result = nodes.at(-1)!.outputs[0]!;
    const isOne = live.length === 0 || (live.length === 1 && live[0] === result);
    if (isOne && nodes.some((node) => nonlinear.has(node.op))) return { nodes, output: result };
  }
  return null;
}
