/** What changed between operator sets 9 and 22 (https://github.com/onnx/onnx/blob/main/docs/Changelog.md). */
import { ModelError } from '../../errors.ts';
import {
  floatAttribute,
  floatsAttribute,
  intAttribute,
  intsAttribute,
  stringAttribute,
  toAttribute,
  type PlainAttribute,
} from '../attributes.ts';
import { float32Tensor, int64List, tensorFromNumbers } from '../dataTypes.ts';
import type { DataType, Dim, Node, Tensor } from '../ir.ts';

export interface UpgradeScope {
  /** Adds a constant and returns its name. */
  constant(tensor: Tensor, hint: string): string;
  fresh(hint: string): string;
  shape(name: string): readonly Dim[] | null;
  dtype(name: string): DataType | null;
}

export interface OpsetStep {
  /** The operator set that brought the change. */
  readonly to: number;
  readonly ops: readonly string[];
  readonly apply: (node: Node, scope: UpgradeScope) => readonly Node[];
}

function change(
  node: Node,
  inputs: readonly string[],
  removed: readonly string[],
  added: Readonly<Record<string, PlainAttribute>> = {},
): Node {
  const attributes = new Map([...node.attributes].filter(([name]) => !removed.includes(name)));
  for (const [name, value] of Object.entries(added)) attributes.set(name, toAttribute(name, value));
  return { ...node, inputs: withoutTrailingGaps(inputs), attributes };
}

function withoutTrailingGaps(inputs: readonly string[]): readonly string[] {
  return inputs.slice(0, inputs.findLastIndex((name) => name !== '') + 1);
}

const hintOf = (node: Node, what: string) => `${node.name || node.outputs[0]!}_${what}`;

/** Moves the list of ints `name` into an input. */
function axesToInput(node: Node, scope: UpgradeScope, name = 'axes'): readonly Node[] {
  const list = intsAttribute(node, name);
  if (!list) return [node];
  return [change(node, [node.inputs[0]!, scope.constant(int64List(list), hintOf(node, name))], [name])];
}

/** A scalar of the type of the node's first input, which must be known. */
function scalarLike(node: Node, scope: UpgradeScope, value: number, hint: string): string {
  const dtype = scope.dtype(node.inputs[0]!) ?? 'float32';
  return scope.constant(tensorFromNumbers(dtype, [], [value]), hintOf(node, hint));
}

function plainNode(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, PlainAttribute>> = {},
): Node {
  const own = Object.entries(attributes).map(([name, value]) => [name, toAttribute(name, value)] as const);
  return { name: '', op, domain: '', inputs, outputs: [output], attributes: new Map(own) };
}

/** Up to 12 these worked on the input flattened to a matrix at `axis`, which defaulted to 1. */
function softmaxByMatrix(node: Node, scope: UpgradeScope): readonly Node[] {
  const input = node.inputs[0]!;
  const rank = scope.shape(input)?.length;
  if (rank === undefined) {
    throw new ModelError('modelShapeUnresolved', { node: node.name, op: node.op, reason: 'rank unknown' });
  }
  const stated = intAttribute(node, 'axis', 1);
  const axis = stated < 0 ? stated + rank : stated;
  if (axis === rank - 1) return [change(node, node.inputs, [], { axis: -1 })];
  const [shape, flat, result] = ['shape', 'matrix', 'rows'].map((what) => scope.fresh(hintOf(node, what)));
  return [
    plainNode('Shape', [input], shape!),
    plainNode('Flatten', [input], flat!, { axis }),
    { ...change(node, [flat!], [], { axis: -1 }), outputs: [result!] },
    plainNode('Reshape', [result!, shape!], node.outputs[0]!),
  ];
}

/** Upsample and the first Resize place their samples by plain scaling. */
function toResize(node: Node, scope: UpgradeScope): readonly Node[] {
  const list = floatsAttribute(node, 'scales');
  const scales = list
    ? scope.constant(float32Tensor([list.length], list), hintOf(node, 'scales'))
    : node.inputs[1]!;
  const mode = stringAttribute(node, 'mode', 'nearest');
  const resize = change({ ...node, op: 'Resize' }, [node.inputs[0]!, '', scales], ['scales'], {
    mode: mode === 'bilinear' ? 'linear' : mode,
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
  return [resize];
}

export const opsetSteps: readonly OpsetStep[] = [
  {
    to: 10,
    ops: ['Slice'],
    apply: (node, scope) => {
      const list = (name: string) => {
        const values = intsAttribute(node, name);
        // Far beyond the end means the end; as a number it may have been rounded past int64.
        const safe = values?.map((value) => Math.max(-(2 ** 53), Math.min(2 ** 53, value)));
        return safe ? scope.constant(int64List(safe), hintOf(node, name)) : '';
      };
      const inputs = [node.inputs[0]!, list('starts'), list('ends'), list('axes')];
      return [change(node, inputs, ['starts', 'ends', 'axes'])];
    },
  },
  {
    to: 10,
    ops: ['TopK'],
    apply: (node, scope) => {
      const k = scope.constant(int64List([intAttribute(node, 'k', 1)]), hintOf(node, 'k'));
      return [change(node, [node.inputs[0]!, k], ['k'])];
    },
  },
  // Deprecated in 10; straight to the Resize of 11, which every later set keeps.
  { to: 11, ops: ['Upsample', 'Resize'], apply: toResize },
  {
    to: 11,
    ops: ['Clip'],
    apply: (node, scope) => {
      const bound = (name: string) => {
        const value = floatAttribute(node, name);
        return value === undefined ? '' : scalarLike(node, scope, value, name);
      };
      return [change(node, [node.inputs[0]!, bound('min'), bound('max')], ['min', 'max'])];
    },
  },
  {
    to: 11,
    ops: ['Pad'],
    apply: (node, scope) => {
      const pads = scope.constant(int64List(intsAttribute(node, 'pads', [])), hintOf(node, 'pads'));
      const value = floatAttribute(node, 'value', 0);
      const fill = value === 0 ? '' : scalarLike(node, scope, value, 'value');
      return [change(node, [node.inputs[0]!, pads, fill], ['pads', 'value'])];
    },
  },
  { to: 11, ops: ['Scatter'], apply: (node) => [{ ...node, op: 'ScatterElements' }] },
  {
    to: 12,
    ops: ['Dropout'],
    apply: (node, scope) => {
      const ratio = floatAttribute(node, 'ratio');
      const inputs = [node.inputs[0]!, ratio === undefined ? '' : scalarLike(node, scope, ratio, 'ratio')];
      return [change(node, inputs, ['ratio'])];
    },
  },
  { to: 13, ops: ['Softmax', 'LogSoftmax', 'Hardmax'], apply: softmaxByMatrix },
  { to: 13, ops: ['Squeeze', 'Unsqueeze', 'ReduceSum'], apply: (node, scope) => axesToInput(node, scope) },
  { to: 13, ops: ['Split'], apply: (node, scope) => axesToInput(node, scope, 'split') },
  {
    to: 14,
    ops: ['BatchNormalization'],
    // The further outputs belonged to training, which has become an attribute.
    apply: (node) => [{ ...node, outputs: node.outputs.slice(0, 1) }],
  },
  {
    to: 18,
    ops: ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'].map(
      (name) => `Reduce${name}`,
    ),
    apply: (node, scope) => axesToInput(node, scope),
  },
  {
    to: 18,
    ops: ['Split'],
    apply: (node) => [
      node.inputs.length > 1 ? node : change(node, node.inputs, [], { num_outputs: node.outputs.length }),
    ],
  },
  {
    to: 20,
    ops: ['GridSample'],
    apply: (node) => {
      const mode = stringAttribute(node, 'mode', 'bilinear');
      const renamed: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic' };
      return [change(node, node.inputs, [], { mode: renamed[mode] ?? mode })];
    },
  },
  {
    to: 21,
    ops: ['GroupNormalization'],
    // Scale and bias were one a group and became one a channel.
    apply: (node, scope) => {
      const channels = scope.shape(node.inputs[0]!)?.[1];
      if (typeof channels !== 'number') {
        throw new ModelError('modelShapeUnresolved', {
          node: node.name,
          op: node.op,
          reason: 'channels unknown',
        });
      }
      const perGroup = channels / intAttribute(node, 'num_groups', 1);
      const groups = Array.from({ length: channels }, (_, channel) => Math.floor(channel / perGroup));
      const indices = scope.constant(int64List(groups), hintOf(node, 'groups'));
      const [input, ...perGroupInputs] = node.inputs as [string, ...string[]];
      const spread = perGroupInputs.map((name) =>
        plainNode('Gather', [name, indices], scope.fresh(`${name}_channels`)),
      );
      return [...spread, change(node, [input, ...spread.map(({ outputs }) => outputs[0]!)], [])];
    },
  },
];
