import type { PlainAttribute } from '../onnx/attributes.ts';
import type { DataType, Dim, Node } from '../onnx/ir.ts';
import type { Known } from './values.ts';

/**
 * What a gradient rule sees of the graph: one forward node, the gradients that reach its outputs, and the
 * means to write backward nodes. Values are tensor names. Every node written is an operator of the standard
 * ONNX domain.
 */
export interface Scope {
  readonly node: Node;
  /** Version of the standard operator set the graph declares. */
  readonly opset: number;

  /** Name of input `i`; throws (a bug of the rule) when it was omitted. */
  input(i: number): string;
  hasInput(i: number): boolean;
  /**
   * Name of output `k`. An optional output that the forward node did not ask for (`Indices` of MaxPool,
   * `Mean` of LayerNormalization) is added to it.
   */
  output(k: number): string;
  /** Gradient of the loss with respect to output `k`; throws when none reaches it. */
  gradient(k?: number): string;
  hasGradient(k: number): boolean;
  /** Whether the gradient for input `i` was asked for: write nothing for the others. */
  wants(i: number): boolean;

  attributeInt(name: string, otherwise: number): number;
  attributeFloat(name: string, otherwise: number): number;
  attributeString(name: string, otherwise: string): string;
  attributeInts(name: string): readonly number[] | null;

  /** Writes a node with one output and returns that output. */
  op(op: string, inputs: readonly string[], attributes?: Readonly<Record<string, PlainAttribute>>): string;
  /** Writes a node with several outputs. */
  ops(
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Readonly<Record<string, PlainAttribute>>,
  ): string[];
  /** Constant of the floating-point type of `like`. `dims: []` is a scalar. */
  floats(like: string, dims: readonly number[], values: ArrayLike<number>): string;
  /** int64 vector. */
  ints(values: readonly number[]): string;
  /** int64 scalar. */
  int(value: number): string;

  dtype(value: string): DataType;
  /** Shape as far as it is known, or `null`. */
  shape(value: string): readonly Dim[] | null;
  /** Number of dimensions; throws a ModelError naming node and value when it is unknown. */
  rank(value: string): number;
  /** Shape with every dimension a number, or `null`. */
  staticShape(value: string): readonly number[] | null;
  /** The value itself where it is known when the graph is made (an initializer that does not train). */
  constant(value: string): Known | null;
  /** Like `constant` for an integer vector; throws a ModelError naming node and input when it is not known. */
  constantInts(i: number): readonly number[];

  /** Picks one of several equivalent ways to compute something; see `Formulations`. */
  choose(question: Question): string;
  /** A ModelError for a case this rule cannot differentiate. */
  unsupported(why: string): Error;
}

/** Asks which of several formulations of the same gradient is the fastest for these shapes. */
export interface Question {
  /** E.g. `Conv.weight`. */
  readonly kind: string;
  /** Position of the input whose gradient is meant. */
  readonly input: number;
  readonly candidates: readonly string[];
  /** Chosen without a measurement. */
  readonly usual: string;
}

/**
 * The gradient of one operator: one entry per input, the name of the tensor that holds the gradient of the
 * loss with respect to it, or `null` where there is no path or it was not asked for.
 */
export type GradientRule = (scope: Scope) => readonly (string | null)[];
