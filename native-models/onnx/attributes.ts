import type { Attribute, Int, Node, Tensor } from './ir.ts';

const utf8 = new TextDecoder();

/** A float even where it is a whole number: `{ alpha: float(1) }`. */
export function float(value: number): Attribute {
  return { type: 'float', value };
}

/** Floats even where all are whole numbers. */
export function floats(value: readonly number[]): Attribute {
  return { type: 'floats', value };
}

/** What a graph in code may give as an attribute; see `toAttribute`. */
export type PlainAttribute =
  | number
  | bigint
  | boolean
  | string
  | readonly number[]
  | readonly bigint[]
  | readonly string[]
  | Tensor
  | Attribute;

/** Attributes of standard operators that are floats, so that a whole number is not taken for an int. */
const floatNames = new Set([
  'activation_alpha',
  'activation_beta',
  'alpha',
  'beta',
  'bias',
  'clip',
  'cubic_coeff_a',
  'delta',
  'epsilon',
  'extrapolation_value',
  'gamma',
  'high',
  'lambd',
  'low',
  'max',
  'mean',
  'min',
  'momentum',
  'norm_coefficient',
  'norm_coefficient_post',
  'ratio',
  'scale',
  'scales',
  'seed',
  'softcap',
  'spatial_scale',
  'tensor_scale',
  'value_float',
  'value_floats',
]);

/**
 * Plain values as attributes. A number is an int when it is whole and `name` is not one of the standard float
 * attributes (alpha, epsilon …); lists likewise; use `float`/`floats` to force. true/false are 1/0.
 * An empty list is a list of ints.
 */
export function toAttribute(name: string, value: PlainAttribute): Attribute {
  if (typeof value === 'string') return { type: 'string', value: new TextEncoder().encode(value) };
  if (typeof value === 'boolean') return { type: 'int', value: Number(value) };
  if (typeof value === 'bigint') return { type: 'int', value };
  if (typeof value === 'number') {
    const isInt = Number.isInteger(value) && !floatNames.has(name);
    return isInt ? { type: 'int', value } : { type: 'float', value };
  }
  if (isList(value)) {
    if (value.length > 0 && value.every((each) => typeof each === 'string')) {
      return { type: 'strings', value: value.map((each) => new TextEncoder().encode(each)) };
    }
    const numbers = value as readonly Int[];
    const areInts = numbers.every((each) => typeof each === 'bigint' || Number.isInteger(each));
    return areInts && !floatNames.has(name)
      ? { type: 'ints', value: numbers }
      : { type: 'floats', value: numbers.map(Number) };
  }
  return 'dtype' in value ? { type: 'tensor', value } : value;
}

function isList(value: PlainAttribute): value is readonly number[] | readonly bigint[] | readonly string[] {
  return Array.isArray(value);
}

/** The int `name` of the node; `fallback` where it is not there. Beyond 2^53 rounded (INT64_MAX → 2^63). */
export function intAttribute<Fallback extends number | undefined = undefined>(
  node: Node,
  name: string,
  fallback?: Fallback,
): number | Fallback {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'int' ? Number(attribute.value) : (fallback as Fallback);
}

/** The list of ints `name`, rounded as in `intAttribute`. */
export function intsAttribute<Fallback extends readonly number[] | undefined = undefined>(
  node: Node,
  name: string,
  fallback?: Fallback,
): readonly number[] | Fallback {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'ints' ? attribute.value.map(Number) : (fallback as Fallback);
}

export function floatAttribute<Fallback extends number | undefined = undefined>(
  node: Node,
  name: string,
  fallback?: Fallback,
): number | Fallback {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'float' ? attribute.value : (fallback as Fallback);
}

export function floatsAttribute<Fallback extends readonly number[] | undefined = undefined>(
  node: Node,
  name: string,
  fallback?: Fallback,
): readonly number[] | Fallback {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'floats' ? attribute.value : (fallback as Fallback);
}

export function stringAttribute<Fallback extends string | undefined = undefined>(
  node: Node,
  name: string,
  fallback?: Fallback,
): string | Fallback {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'string' ? utf8.decode(attribute.value) : (fallback as Fallback);
}

export function tensorAttribute(node: Node, name: string): Tensor | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'tensor' ? attribute.value : undefined;
}
