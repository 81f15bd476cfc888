import fc from 'fast-check';
import type { z } from 'zod';

/** What zod keeps of a schema; only what is read here. */
interface Def {
  readonly type: string;
  readonly shape?: Record<string, z.ZodType>;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly items?: readonly z.ZodType[];
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly getter?: () => z.ZodType;
  readonly entries?: Record<string, string | number>;
  readonly values?: readonly unknown[];
}

const defOf = (schema: z.ZodType) => (schema as unknown as { _zod: { def: Def } })._zod.def;

/** Any value at all, the odd ones often: names every object has, ends of ranges, what JSON does not have. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, undefined, true, 0, -0, -1, 1, 1.5, NaN, Infinity, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, 10n],
    ...[
      '',
      ' ',
      '\0',
      '\ud800',
      '__proto__',
      'constructor',
      '../../..',
      '/dev/zero',
      "'; DROP TABLE parts;--",
    ],
    ...['x'.repeat(100_000), '%', '\u202e', '１２', [], {}, [[]], new Uint8Array(3), new Date(0), () => 1],
  ),
  { weight: 1, arbitrary: fc.anything({ withNullPrototype: true, maxDepth: 2 }) },
  {
    weight: 1,
    arbitrary: fc
      .dictionary(fc.constantFrom('__proto__', 'constructor', 'id', 'filter', 'toString'), fc.string())
      .map((entries) => JSON.parse(JSON.stringify(entries)) as unknown),
  },
);

const text = fc.oneof(
  fc.constantFrom(
    'a',
    '',
    ' ',
    '\0',
    '\ud800',
    '%',
    '__proto__',
    'constructor',
    '../../up',
    '/nowhere',
    '日本',
    '=1+1',
  ),
  fc.constantFrom(
    'en',
    'ja',
    'OK',
    'NG',
    '2026-01-01',
    '06:00',
    'a'.repeat(64),
    'x'.repeat(120),
    'x'.repeat(4096),
  ),
  fc.string({ maxLength: 20 }),
);
const number = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 0.5, 0.05, 1000, 3_600_000, 1_700_000_000_000, 2 ** 31, 2 ** 53 - 1, 1e-9),
  fc.integer(),
  fc.double({ noNaN: true }),
);

/**
 * Requests that a schema lets in, as far as their form goes; its finer rules are tried by chance. A new kind of schema
 * throws, so that nothing of the contract is left out unseen.
 */
export function arbitraryOf(schema: z.ZodType, depth = 0): fc.Arbitrary<unknown> {
  const def = defOf(schema);
  const inner = (each: z.ZodType) => arbitraryOf(each, depth + 1);
  switch (def.type) {
    case 'object': {
      const shape = Object.entries(def.shape!).map(([key, value]) => [key, inner(value)] as const);
      return fc.record(Object.fromEntries(shape));
    }
    case 'string':
      return held(schema, texts, text);
    case 'number':
    case 'int':
      return held(schema, numbers, number);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'undefined':
    case 'void':
      return fc.constant(undefined);
    case 'unknown':
    case 'any':
      return anything;
    case 'literal':
      return fc.constantFrom(...def.values!);
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries!));
    case 'array':
      return fc.array(inner(def.element!), { maxLength: depth > 3 ? 1 : 4 });
    case 'tuple':
      return fc.tuple(...def.items!.map(inner));
    case 'record':
      return fc
        .array(fc.tuple(inner(def.keyType!), inner(def.valueType!)), { maxLength: 3 })
        .map(Object.fromEntries);
    case 'union':
      return fc.oneof(...def.options!.map(inner));
    case 'intersection':
      return fc
        .tuple(inner(def.left!), inner(def.right!))
        .map(([a, b]) => ({ ...(a as object), ...(b as object) }));
    case 'nullable':
      return fc.oneof(fc.constant(null), { weight: 3, arbitrary: inner(def.innerType!) });
    case 'optional':
      return fc.oneof(fc.constant(undefined), { weight: 3, arbitrary: inner(def.innerType!) });
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
    case 'catch':
      return inner(def.innerType!);
    case 'pipe':
      return inner(def.in!);
    case 'lazy':
      return depth > 6 ? fc.constant(null) : inner(def.getter!());
    case 'custom':
    case 'file':
    case 'map':
    case 'set':
    case 'date':
    case 'bigint':
      return anything;
    default:
      throw new Error(`no inputs are known for a schema of type ${def.type}`);
  }
}

const texts = fc.sample(text, { numRuns: 300, seed: 1 });
const numbers = fc.sample(number, { numRuns: 300, seed: 1 });

/** Mostly those that the schema itself lets in; there are none to be had where its rules are narrow. */
function held<Value>(
  schema: z.ZodType,
  some: readonly Value[],
  any: fc.Arbitrary<Value>,
): fc.Arbitrary<Value> {
  const fitting = some.filter((value) => schema.safeParse(value).success);
  return fitting.length === 0
    ? any
    : fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...fitting) }, { weight: 1, arbitrary: any });
}

/** The same with one place somewhere in it that holds something else, or a field too many. */
export function brokenOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  return fc
    .tuple(
      arbitraryOf(schema),
      anything,
      fc.nat(),
      fc.constantFrom('extra', '__proto__', 'constructor', 'id'),
    )
    .map(([value, odd, place, name]) => spoil(value, odd, place, name));
}

function spoil(value: unknown, odd: unknown, place: number, name: string): unknown {
  if (typeof value !== 'object' || value === null) return odd;
  const keys = Object.keys(value);
  const at = place % (keys.length + 2);
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...value };
  if (at === keys.length + 1) return odd;
  // As JSON.parse makes it: a field of its own, whatever it is called.
  const own = (key: string, made: unknown) =>
    Object.defineProperty(copy, key, { value: made, enumerable: true, configurable: true, writable: true });
  if (at === keys.length) return own(name, odd);
  const key = keys[at]!;
  return own(key, place % 3 === 0 ? spoil(copy[key], odd, Math.floor(place / 3), name) : odd);
}
