import { existsSync, globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { layers, options, rules } from './dependencyCruiser.config.ts';

/**
 * Looks at who imports whom.
 * @param baseDir the tree to look at
 * @param folders in that tree
 * @returns one line a broken rule: `rule: importer → imported`
 */
export async function brokenArrows(baseDir: string, folders: readonly string[]): Promise<string[]> {
  const { output } = await cruise(
    [...folders],
    { ...options, baseDir, ruleSet: { forbidden: [...rules] }, validate: true },
    options.enhancedResolveOptions,
  );
  const { violations } = (output as ICruiseResult).summary;
  const found = violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
  return [...new Set([...found, ...brokenInComponents(baseDir)])];
}

/**
 * dependency-cruiser sees a component as compiled, when its type imports are gone; so those are read from
 * the text.
 */
function brokenInComponents(baseDir: string): string[] {
  const allowed = ['renderer', ...(layers['renderer'] ?? [])];
  return globSync('renderer/**/*.svelte', { cwd: baseDir }).flatMap((path) => {
    const component = path.replaceAll('\\', '/');
    const text = readFileSync(`${baseDir}/${component}`, 'utf8');
    return [...text.matchAll(/\bimport\b[^'"]*['"](\.[^'"]+)['"]/g)]
      .map((match) => posix.join(posix.dirname(component), match[1] as string))
      .filter((imported) => existsSync(`${baseDir}/${imported}`))
      .filter((imported) => !allowed.some((layer) => imported.startsWith(`${layer}/`)))
      .map((imported) => `arrow:renderer: ${component} → ${imported}`);
  });
}
