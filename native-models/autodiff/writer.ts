import { toAttribute, type PlainAttribute } from '../onnx/attributes.ts';
import type { GraphBuilder } from '../onnx/build.ts';
import type { Tensor } from '../onnx/ir.ts';
import type { Values } from './values.ts';

/** Writes backward nodes and keeps what is known about their values up to date. */
export class Writer {
  readonly builder: GraphBuilder;
  readonly values: Values;

  constructor(builder: GraphBuilder, values: Values) {
    this.builder = builder;
    this.values = values;
  }

  /** @param name of the nodes, made unique */
  ops(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, PlainAttribute>>,
    name: string,
  ): string[] {
    const outputs = this.builder.ops(op, inputs, count, attributes, { name });
    this.values.add({
      name,
      op,
      domain: '',
      inputs,
      outputs,
      attributes: new Map(Object.entries(attributes).map(([key, value]) => [key, toAttribute(key, value)])),
    });
    return [...outputs];
  }

  op(op: string, inputs: readonly string[], name: string): string {
    return this.ops(op, inputs, 1, {}, name)[0]!;
  }

  constant(tensor: Tensor, hint: string): string {
    const name = this.builder.constant(tensor, hint);
    if (!this.values.has(name)) this.values.addConstant(name, tensor);
    return name;
  }
}
