import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseCosts, type Costs } from '../contract/costs.ts';
import { KenroError } from '../contract/errors.ts';
import { parseSite, type SiteWeights } from '../contract/site.ts';
import { usualCosts } from '../contract/usualSettings.ts';
import { errorCode } from '../platform/durableFile.ts';
import type { Flags, Given } from './command.ts';

/** Flag of the commands that weigh errors by their cost. */
export const costsFlag: Flags = {
  costs: { type: 'string', value: 'FILE', help: 'what errors cost the plant, as JSON' },
};

/** What their help says of a plant that does not say. */
export const usualCostsDetail = `Without --costs an escape costs ${usualCosts.escape / usualCosts.falseAlarm} times a false alarm and ${100 * usualCosts.defectRate} % of the parts are defective.`;

/** `--costs`, or null without it. @throws {KenroError} `notFound`, `notAllowed`, and as `parseCosts` */
export async function costsOf(given: Given): Promise<Costs | null> {
  const file = given.text('costs');
  return file === undefined ? null : parseCosts(await readText(file), resolve(file));
}

/** Flag of the commands that weigh disturbances by how often the line sees them. */
export const siteFlag: Flags = {
  site: { type: 'string', value: 'FILE', help: "the line's mix of disturbances, as kenro site writes it" },
};

/** `--site`, or null without it. @throws {KenroError} `notFound`, `notAllowed`, and as `parseSite` */
export async function siteOf(given: Given): Promise<SiteWeights | null> {
  const file = given.text('site');
  return file === undefined ? null : parseSite(await readText(file), resolve(file));
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
