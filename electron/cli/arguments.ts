import { parseArgs } from 'node:util';
import { UsageError } from './command.ts';
import type { Command, Flags, Given } from './command.ts';

/** Flags every command takes. */
export const commonFlags: Flags = {
  json: { type: 'boolean', help: 'one JSON object per line on standard output, nothing else there' },
  quiet: { type: 'boolean', help: 'no progress and no remarks on standard error' },
  help: { type: 'boolean', help: 'show this help' },
};

/** Flags of the commands that compute. */
export const engineFlags: Flags = {
  seed: { type: 'string', value: 'N', help: 'seed of every random choice (default 0)' },
  threads: { type: 'string', value: 'N', help: 'threads of the engine (default 0: as many as it likes)' },
  provider: { type: 'string', value: 'NAME', help: 'cpu, webgpu, cuda, dml or auto (default cpu)' },
  limit: { type: 'string', value: 'N', help: 'only the first N images after a seeded shuffle' },
};

/** @throws {UsageError} for an unknown flag, a missing value or a missing required flag */
export function parseGiven(command: Command, args: readonly string[]): Given {
  const flags: Flags = { ...command.flags, ...commonFlags };
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { type }]) => [name, { type, multiple: true }]),
  );
  const { values, positionals } = parse(args, options);
  const texts = (flag: string) => (values[flag] ?? []).filter((value) => typeof value === 'string');
  const text = (flag: string) => texts(flag).at(-1);
  const has = (flag: string) => values[flag] !== undefined;

  for (const [name, { required, multiple, type }] of Object.entries(flags)) {
    if (required && !has(name) && !has('help')) throw new UsageError(`--${name} is missing`);
    if (type === 'string' && !multiple && texts(name).length > 1) {
      throw new UsageError(`--${name} is given more than once`);
    }
  }

  const number = (flag: string) => {
    const value = text(flag);
    if (value === undefined) return undefined;
    if (value.trim() === '' || !Number.isFinite(Number(value))) {
      throw new UsageError(`--${flag} needs a number, not "${value}"`);
    }
    return Number(value);
  };

  return {
    positionals,
    text,
    texts,
    has,
    number,
    integer: (flag, fallback, min, max) => {
      const value = number(flag) ?? fallback;
      if (!Number.isInteger(value) || value < min || value > max) {
        throw new UsageError(`--${flag} needs a whole number from ${min} to ${max}, not ${value}`);
      }
      return value;
    },
  };
}

function parse(
  args: readonly string[],
  options: Record<string, { type: 'string' | 'boolean'; multiple: boolean }>,
) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values: values as Record<string, (string | boolean)[] | undefined>, positionals };
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** @throws {UsageError} when `value` is not one of `allowed` */
export function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((name) => name === value);
  if (found === undefined) throw new UsageError(`--${flag} must be ${allowed.join(', ')}, not "${value}"`);
  return found;
}

/** Values separated by commas, each as `oneOf`. */
export function someOf<T extends string>(flag: string, values: string, allowed: readonly T[]): T[] {
  return values.split(',').map((value) => oneOf(flag, value.trim(), allowed));
}
