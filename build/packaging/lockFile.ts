import { readFileSync } from 'node:fs';

/** What `package-lock.json` knows of an installed package (npm's documentation, "package-lock.json", `packages`). */
export interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  /** `sha512-` and base64, of the archive the registry gives. */
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

/** By the folder of each package, relative to the project; `''` is the project itself. */
export type Lock = ReadonlyMap<string, LockedPackage>;

export function readLock(path: string): Lock {
  const { packages } = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, LockedPackage> };
  return new Map(Object.entries(packages));
}

/** @param place folder of a package, as in the lock */
export function nameAt(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** Where Node finds `name` when the package at `place` asks for it, or `null`. */
export function resolveFrom(lock: Lock, place: string, name: string): string | null {
  for (let folder = place; ; folder = parentOf(folder)) {
    const candidate = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (lock.has(candidate)) return candidate;
    if (folder === '') return null;
  }
}

function parentOf(place: string): string {
  const at = place.lastIndexOf('/node_modules/');
  return at === -1 ? '' : place.slice(0, at);
}

/**
 * All packages that the one at `from` needs at run time, with those they need.
 * @param isFollowed whether a dependency counts, by the folders of who needs it and of what is needed
 * @returns folder → folders of what it needs itself; `from` is among the keys
 */
export function reach(
  lock: Lock,
  from: string,
  isFollowed: (who: string, what: string) => boolean = () => true,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const waiting = [from];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (found.has(place)) continue;
    const { dependencies = {}, optionalDependencies = {} } = lock.get(place)!;
    const needs = Object.keys({ ...dependencies, ...optionalDependencies })
      .flatMap((name) => resolveFrom(lock, place, name) ?? [])
      .filter((needed) => isFollowed(place, needed));
    found.set(place, needs);
    waiting.push(...needs);
  }
  return found;
}
