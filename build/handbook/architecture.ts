import { cruise, type ICruiseResult, type IModule } from 'dependency-cruiser';
import { layers, options } from '../dependencyCruiser.config.ts';

/** Where the program begins: one entry a process, or two that share what they run. */
const entries: Readonly<Record<string, string>> = {
  window: 'renderer/src/main.ts',
  bridge: 'electron/preload/preload.ts',
  Electron: 'electron/main/main.ts',
  browser: 'electron/browserShell/start.ts',
  engines: 'electron/engine/process.ts',
  kenro: 'electron/cli/main.ts',
};

/** A package of the house (a folder with arrows of its own), as the code is. */
export interface PackageNode {
  readonly name: string;
  /** What it imports. */
  readonly uses: readonly string[];
  /** Processes in which something of it runs; a type is not run. */
  readonly runsIn: readonly string[];
}

/** Reads packages and arrows off the imports. @param baseDir the tree to look at */
export async function readArchitecture(baseDir: string): Promise<PackageNode[]> {
  const { output } = await cruise(
    ['electron', 'renderer', 'native-models'],
    { ...options, baseDir },
    options.enhancedResolveOptions,
  );
  const { modules } = output as ICruiseResult;
  const reached = Object.entries(entries).map(([process, entry]) => ({
    process,
    files: filesOf(modules, entry),
  }));
  return Object.keys(layers).map((name) => {
    const inside = modules.filter(({ source }) => packageOf(source) === name);
    const uses = inside.flatMap(({ dependencies }) =>
      dependencies.flatMap(({ resolved }) => packageOf(resolved) ?? []),
    );
    const runsIn = reached.filter(({ files }) => inside.some(({ source }) => files.has(source)));
    return {
      name,
      uses: [...new Set(uses)].filter((used) => used !== name).sort(),
      runsIn: runsIn.map(({ process }) => process),
    };
  });
}

function packageOf(file: string): string | null {
  return Object.keys(layers).find((name) => file.startsWith(`${name}/`)) ?? null;
}

/** What an entry runs: it and everything it imports, but for types. */
function filesOf(modules: readonly IModule[], entry: string): Set<string> {
  const byName = new Map(modules.map((module) => [module.source, module]));
  const found = new Set<string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    const module = byName.get(file);
    if (!module || found.has(file)) continue;
    found.add(file);
    const run = module.dependencies.filter(({ dependencyTypes }) => !dependencyTypes.includes('type-only'));
    open.push(...run.map(({ resolved }) => resolved));
  }
  if (!found.has(entry))
    throw new Error(`${entry} begins a process in build/handbook/architecture.ts and does not exist`);
  return found;
}

/** How far a package stands above what stands on nothing. */
export function ranksOf(nodes: readonly PackageNode[]): Map<string, number> {
  const ranks = new Map<string, number>();
  const rankOf = (name: string): number => {
    const known = ranks.get(name);
    if (known !== undefined) return known;
    const uses = nodes.find((node) => node.name === name)?.uses ?? [];
    const rank = uses.length === 0 ? 0 : 1 + Math.max(...uses.map(rankOf));
    ranks.set(name, rank);
    return rank;
  };
  for (const { name } of nodes) rankOf(name);
  return ranks;
}

/** The arrows that do not follow from others: what is drawn. */
export function neededArrows(nodes: readonly PackageNode[]): [from: string, to: string][] {
  const usesOf = (name: string) => nodes.find((node) => node.name === name)?.uses ?? [];
  const reaches = (from: string, to: string): boolean =>
    usesOf(from).some((used) => used === to || reaches(used, to));
  return nodes.flatMap(({ name, uses }) =>
    uses
      .filter((to) => !uses.some((other) => other !== to && reaches(other, to)))
      .map((to): [string, string] => [name, to]),
  );
}
