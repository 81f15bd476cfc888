import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from '../onnx/attributes.ts';
import { int64List, int64Scalar, tensorFromNumbers } from '../onnx/dataTypes.ts';
import { ModelError } from '../errors.ts';
import type { Dim, Node } from '../onnx/ir.ts';
import type { Formulations } from './formulations.ts';
import type { Question, Scope } from './rule.ts';
import type { Writer } from './writer.ts';

/** What the engine keeps while it walks the graph backwards. */
export interface Tape {
  readonly writer: Writer;
  readonly opset: number;
  readonly formulations: Formulations;
  /** Whether a gradient may flow into this value. */
  isActive(value: string): boolean;
  gradientOf(value: string): string | null;
  /** Outputs of a forward node, with those that rules added. */
  outputsOf(node: Node): string[];
}

/** The view of one forward node that its rule works with. */
export function scopeOf(tape: Tape, node: Node): Scope {
  const { writer } = tape;
  const { builder, values } = writer;
  const nodeName = node.name || node.op;
  const input = (i: number): string => {
    const name = node.inputs[i];
    if (!name) throw new Error(`${node.op} has no input ${i}`);
    return name;
  };
  const output = (k: number) => {
    const outputs = tape.outputsOf(node);
    while (outputs.length <= k) outputs.push('');
    outputs[k] ||= builder.fresh(`${node.outputs[0]}.output${k}`);
    return outputs[k]!;
  };
  const gradientOrNull = (k: number) => (node.outputs[k] ? tape.gradientOf(node.outputs[k]) : null);
  const unsupported = (why: string) =>
    new ModelError('gradientUnsupported', { op: node.op, node: node.name, why });

  const scope: Scope = {
    node,
    opset: tape.opset,
    input,
    hasInput: (i) => Boolean(node.inputs[i]),
    output,
    gradient: (k = 0) => {
      const gradient = gradientOrNull(k);
      if (gradient === null) throw new Error(`no gradient reaches output ${k} of ${node.op} ${node.name}`);
      return gradient;
    },
    hasGradient: (k) => gradientOrNull(k) !== null,
    wants: (i) => Boolean(node.inputs[i]) && tape.isActive(node.inputs[i]!),

    attributeInt: (name, otherwise) => intAttribute(node, name, otherwise),
    attributeFloat: (name, otherwise) => floatAttribute(node, name, otherwise),
    attributeString: (name, otherwise) => stringAttribute(node, name, otherwise),
    attributeInts: (name) => intsAttribute(node, name) ?? null,

    op: (op, inputs, attributes = {}) => scope.ops(op, inputs, 1, attributes)[0]!,
    ops: (op, inputs, count, attributes = {}) =>
      writer.ops(op, inputs, count, attributes, `${nodeName}.grad.${op}`),
    floats: (like, dims, data) =>
      writer.constant(tensorFromNumbers(values.dtype(like), dims, data), 'grad.constant'),
    ints: (data) => writer.constant(int64List(data), 'grad.ints'),
    int: (value) => writer.constant(int64Scalar(value), 'grad.int'),

    dtype: (value) => values.dtype(value),
    shape: (value) => values.shape(value),
    rank: (value) => {
      const shape = values.shape(value);
      if (!shape) throw new ModelError('modelShapeUnresolved', { value, node: nodeName });
      return shape.length;
    },
    staticShape: (value) => {
      const shape = values.shape(value);
      return shape?.every(isSize) ? shape : null;
    },
    constant: (value) => values.constant(value),
    constantInts: (i) => {
      const known = values.constant(input(i));
      if (!known) throw unsupported(`input ${i} (${input(i)}) is not a constant`);
      return known.values;
    },

    choose: (question: Question) => {
      if (question.candidates.length === 1) return question.candidates[0]!;
      const inputs = node.inputs.map((name) =>
        name === '' ? null : { ...values.info(name), isConstant: values.isFixed(name) },
      );
      const choice = tape.formulations.choose({ ...question, node, opset: tape.opset, inputs });
      if (!question.candidates.includes(choice))
        throw new Error(`${choice} is no way to compute ${question.kind}`);
      return choice;
    },
    unsupported,
  };
  return scope;
}

const isSize = (dim: Dim): dim is number => typeof dim === 'number';
