/**
 * Arithmetic on dimensions that may be symbols. An unknown size that follows from a symbol stays readable and
 * comparable: `64*batch`, `floor((height+7)/8)`. Such a text is a normal form, so equal texts mean equal sizes;
 * different texts may still be equal. `null` is "unknown" and swallows everything.
 *
 * Inside, a size is a polynomial with rational coefficients over atoms: symbols and floor(…) of polynomials.
 */
import type { Dim } from '../ir.ts';

/** Product of atoms, sorted and joined with `*` ('' = 1) → coefficient, never 0. */
type Polynomial = ReadonlyMap<string, number>;

/** Formulas longer than this help nobody; they become unknown. */
const maxTextLength = 400;

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a === null || b === null) return null;
  return toDim(sum(parse(a), parse(b)));
}

export function subtractDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a === null || b === null) return null;
  return toDim(sum(parse(a), scale(parse(b), -1)));
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  if (a === 0 || b === 0) return 0;
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (a === null || b === null) return null;
  return toDim(product(parse(a), parse(b)));
}

/** Product of all; 1 for none. */
export function productOfDims(dims: readonly Dim[]): Dim {
  return dims.reduce(multiplyDims, 1);
}

/** floor(a / b) for whole numbers; `null` where b is 0 or a formula that does not divide a. */
export function floorDivideDims(a: Dim, b: Dim): Dim {
  if (a === null || b === null || b === 0) return null;
  if (typeof a === 'number' && typeof b === 'number') return Math.floor(a / b);
  if (typeof b === 'string') return exactQuotient(parse(a), parse(b));
  return b > 0 && Number.isInteger(b) ? floorOf(parse(a), b) : null;
}

/** ceil(a / b) for whole numbers, b > 0. */
export function ceilDivideDims(a: Dim, b: number): Dim {
  return floorDivideDims(addDims(a, b - 1), b);
}

/** a / b where the division has no rest by the nature of the thing (elements shared among dimensions). */
export function divideExactly(a: Dim, b: Dim): Dim {
  if (a === null || b === null || b === 0) return null;
  if (a === b) return 1;
  if (typeof a === 'number' && typeof b === 'number') return a % b === 0 ? a / b : null;
  return exactQuotient(parse(a), parse(b));
}

/** True or false where that is certain for every positive size of the symbols; null otherwise. */
export function areEqual(a: Dim, b: Dim): boolean | null {
  if (a === null || b === null) return null;
  if (a === b) return true;
  if (typeof a === 'number' && typeof b === 'number') return false;
  const difference = sum(parse(a), scale(parse(b), -1));
  const coefficients = [...difference.values()];
  const isAlwaysPositive = difference.has('') && coefficients.every((each) => each > 0);
  const isAlwaysNegative = difference.has('') && coefficients.every((each) => each < 0);
  return isAlwaysPositive || isAlwaysNegative ? false : null;
}

/** The size once the symbols are known; null where one is missing. */
export function evaluateDim(dim: Dim, sizes: Readonly<Record<string, number>>): number | null {
  if (dim === null || typeof dim === 'number') return dim;
  const own = sizeOf(dim, sizes);
  if (own !== null) return own;
  let total = 0;
  for (const [key, coefficient] of parse(dim)) {
    let term = coefficient;
    for (const atom of atomsOf(key)) {
      const value = evaluateAtom(atom, sizes);
      if (value === null) return null;
      term *= value;
    }
    total += term;
  }
  return total;
}

function evaluateAtom(atom: string, sizes: Readonly<Record<string, number>>): number | null {
  const floor = asFloor(atom);
  if (!floor) return sizeOf(atom, sizes);
  const inner = evaluateDim(toDim(floor.numerator), sizes);
  return inner === null ? null : Math.floor(inner / floor.divisor);
}

/** A symbol of a file may be called like something that every object has. */
function sizeOf(symbol: string, sizes: Readonly<Record<string, number>>): number | null {
  return Object.hasOwn(sizes, symbol) ? sizes[symbol]! : null;
}

function constant(value: number): Polynomial {
  return new Map(value === 0 ? [] : [['', value]]);
}

function sum(a: Polynomial, b: Polynomial): Polynomial {
  const result = new Map(a);
  for (const [key, value] of b) {
    const total = (result.get(key) ?? 0) + value;
    if (total === 0) result.delete(key);
    else result.set(key, total);
  }
  return result;
}

function scale(a: Polynomial, factor: number): Polynomial {
  return new Map([...a].map(([key, value]) => [key, value * factor]));
}

function product(a: Polynomial, b: Polynomial): Polynomial {
  let result: Polynomial = new Map();
  for (const [keyA, valueA] of a) {
    for (const [keyB, valueB] of b) {
      const key = [...atomsOf(keyA), ...atomsOf(keyB)].sort().join('*');
      result = sum(result, new Map([[key, valueA * valueB]]));
    }
  }
  return result;
}

/** a / b where b is one term that divides every term of a, or a is a multiple of b. */
function exactQuotient(a: Polynomial, b: Polynomial): Dim {
  const multiple = proportion(a, b);
  if (multiple !== null) return Number.isInteger(multiple) ? multiple : null;
  if (b.size !== 1) return null;
  const [[divisor, factor]] = b as unknown as [[string, number]];
  const result = new Map<string, number>();
  for (const [key, value] of a) {
    const rest = atomsOf(key);
    for (const atom of atomsOf(divisor)) {
      const at = rest.indexOf(atom);
      if (at < 0) return null;
      rest.splice(at, 1);
    }
    if (value % factor !== 0) return null;
    result.set(rest.join('*'), value / factor);
  }
  return toDim(result);
}

function proportion(a: Polynomial, b: Polynomial): number | null {
  if (a.size !== b.size || a.size === 0) return null;
  let ratio: number | null = null;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || (ratio !== null && value / other !== ratio)) return null;
    ratio = value / other;
  }
  return ratio;
}

/** What is divisible leaves the floor; floor((floor(p/m)+c)/n) becomes floor((p+c·m)/(m·n)). */
function floorOf(a: Polynomial, divisor: number): Dim {
  if (divisor === 1) return toDim(a);
  let whole: Polynomial = new Map();
  let rest: Polynomial = new Map();
  for (const [key, value] of a) {
    const outside = key === '' || value % divisor === 0 ? Math.floor(value / divisor) : 0;
    whole = sum(whole, new Map(outside === 0 ? [] : [[key, outside]]));
    const inside = value - outside * divisor;
    rest = sum(rest, new Map(inside === 0 ? [] : [[key, inside]]));
  }
  if ([...rest.keys()].every((key) => key === '')) return toDim(whole);

  const [[key, coefficient] = ['', 0]] = [...rest].filter(([each]) => each !== '');
  const nested = rest.size <= 2 && coefficient === 1 ? asFloor(key) : null;
  if (nested && rest.size === (rest.has('') ? 2 : 1)) {
    const numerator = sum(nested.numerator, constant((rest.get('') ?? 0) * nested.divisor));
    const joined = floorOf(numerator, nested.divisor * divisor);
    return joined === null ? null : toDim(sum(whole, parse(joined)));
  }
  return toDim(sum(whole, new Map([[`floor((${print(rest)})/${divisor})`, 1]])));
}

function asFloor(atom: string): { numerator: Polynomial; divisor: number } | null {
  const match = /^floor\(\((.*)\)\/(\d+)\)$/.exec(atom);
  return match ? { numerator: parse(match[1]!), divisor: Number(match[2]) } : null;
}

function toDim(a: Polynomial): Dim {
  if (a.size === 0) return 0;
  if (a.size === 1 && a.has('')) return a.get('')!;
  if ([...a.values()].some((value) => !Number.isInteger(value))) return null;
  const text = print(a);
  return text.length > maxTextLength ? null : text;
}

function print(a: Polynomial): string {
  const terms = [...a].sort(([keyA], [keyB]) => (keyA === '' ? 1 : keyB === '' ? -1 : keyA < keyB ? -1 : 1));
  return terms
    .map(([key, value], i) => {
      const size = Math.abs(value);
      const sign = value < 0 ? '-' : i === 0 ? '' : '+';
      return sign + (key === '' ? String(size) : size === 1 ? key : `${size}*${key}`);
    })
    .join('');
}

function parse(dim: number | string): Polynomial {
  if (typeof dim === 'number') return constant(dim);
  // A symbol of a file's own, which may be as long as the file likes: no formula of ours is.
  if (dim.length > maxTextLength) return new Map([[dim, 1]]);
  const terms = split(dim, '+-');
  let result: Polynomial = new Map();
  for (const term of terms) {
    let coefficient = 1;
    const atoms: string[] = [];
    const isNegative = term.startsWith('-');
    for (const factor of split(term.replace(/^[+-]/, ''), '*')) {
      const text = factor.replace(/^\*/, '').trim();
      if (/^\d+$/.test(text)) coefficient *= Number(text);
      else if (/^[A-Za-z_][\w.:]*$/.test(text) || asFloor(text)) atoms.push(text);
      // A symbol that is no formula of ours: taken as a whole.
      else return new Map([[dim, 1]]);
    }
    const key = atoms.sort().join('*');
    result = sum(result, new Map([[key, isNegative ? -coefficient : coefficient]]));
  }
  return result;
}

/** Cuts before each of `separators` that stands outside parentheses. */
function split(text: string, separators: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')') depth--;
    else if (depth === 0 && i > start && separators.includes(text[i]!)) {
      parts.push(text.slice(start, i));
      start = i;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function atomsOf(key: string): string[] {
  return key === '' ? [] : split(key, '*').map((atom) => atom.replace(/^\*/, ''));
}
