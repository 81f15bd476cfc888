import { isFloatType } from '../onnx/dataTypes.ts';
import type { DataType, Dim, Model, Node, Tensor, ValueInfo } from '../onnx/ir.ts';
import { GraphInference } from '../onnx/shapes/infer.ts';

/** A small tensor known when the graph is made, as numbers (INT64_MAX is rounded to 2^63). */
export interface Known {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

/** What is known about every value of the graph, and of the backward nodes as they are written. */
export class Values {
  private readonly inference: GraphInference;
  private readonly fixed: (value: string) => boolean;

  /** @param variables initializers that train: their shapes are known, their values are not. */
  constructor(model: Model, variables: ReadonlySet<string>) {
    this.fixed = (name) => model.graph.initializers.has(name) && !variables.has(name);
    this.inference = new GraphInference(model, { isConstant: this.fixed });
  }

  has(value: string): boolean {
    return this.inference.types.has(value);
  }

  /** Element type; float32 where nothing states it, which is what networks are made of. */
  dtype(value: string): DataType {
    return this.inference.types.get(value)?.dtype ?? 'float32';
  }

  isFloat(value: string): boolean {
    return isFloatType(this.dtype(value));
  }

  shape(value: string): readonly Dim[] | null {
    return this.inference.types.get(value)?.shape ?? null;
  }

  info(value: string): ValueInfo {
    return { name: value, dtype: this.dtype(value), shape: this.shape(value) };
  }

  /** Whether it is an initializer that does not train. */
  isFixed(value: string): boolean {
    return this.fixed(value);
  }

  /** The value itself where all its elements are known when the graph is made. */
  constant(value: string): Known | null {
    const known = this.inference.valueOf(value);
    if (!known?.values.every((each): each is number => typeof each === 'number')) return null;
    return { dims: known.dims, values: known.values };
  }

  /** States a node that was written. */
  add(node: Node): void {
    this.inference.add(node);
  }

  addConstant(name: string, tensor: Tensor): void {
    this.inference.addConstant(name, tensor);
  }

  /** States that a gradient has type and shape of the value it belongs to. */
  inherit(gradient: string, value: string): void {
    this.inference.types.set(gradient, { dtype: this.dtype(value), shape: this.shape(value) });
  }
}
