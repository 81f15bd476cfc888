import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseCosts, type Costs } from '../contract/costs.ts';
import { KenroError } from '../contract/errors.ts';
import { errorCode } from '../platform/durableFile.ts';
import type { Flags, Given } from './command.ts';

/** Flag of the commands that weigh errors by their cost. */
export const costsFlag: Flags = {
  costs: { type: 'string', value: 'FILE', help: 'what errors cost the plant, as JSON' },
};

/** `--costs`, or null without it. @throws {KenroError} `notFound`, `notAllowed`, and as `parseCosts` */
export async function costsOf(given: Given): Promise<Costs | null> {
  const file = given.text('costs');
  return file === undefined ? null : parseCosts(await readText(file), resolve(file));
}

async function readText(file: string): Promise<string> {
  const path = resolve(file);
  return readFile(path, 'utf8').catch((thrown: unknown) => {
    if (errorCode(thrown) === 'ENOENT') {
      throw new KenroError('notFound', { what: 'file', path }, { cause: thrown });
    }
    throw new KenroError('notAllowed', { what: `reading ${path}` }, { cause: thrown });
  });
}
