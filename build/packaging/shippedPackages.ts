import { isNeededToRun } from './installerOnly.ts';
import { nameAt, reach, readLock, type LockedPackage } from './lockFile.ts';
import type { Target } from './natives.ts';

/** A package whose code is in what is delivered. */
export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly licence: string;
  /** Folder relative to the project. */
  readonly place: string;
  /** As in the lock: `sha512-` and base64; the empty text where the registry gave none. */
  readonly integrity: string;
  readonly usedIn: 'program' | 'page' | 'window';
  /** Names of shipped packages that this one needs. */
  readonly needs: readonly string[];
}

/**
 * Everything of others that is delivered for a target, by name: what the program needs at run time, what was bundled
 * into the page, and Electron.
 * @param lockFile path of `package-lock.json`
 * @param inPage names of the packages that the page's build took code from
 */
export function shippedPackages(
  lockFile: string,
  inPage: readonly string[],
  target: Target,
): ShippedPackage[] {
  const lock = readLock(lockFile);
  const program = reach(lock, '', (who, what) => isNeededToRun(who, what) && runsOn(lock.get(what)!, target));
  const shipped = new Map<string, ShippedPackage>();
  const add = (place: string, usedIn: ShippedPackage['usedIn'], needs: readonly string[]) => {
    const { version, license = 'NOASSERTION', integrity = '' } = lock.get(place)!;
    const name = nameAt(place);
    shipped.set(name, {
      name,
      version,
      licence: license,
      place,
      integrity,
      usedIn,
      needs: needs.map(nameAt),
    });
  };
  for (const [place, needs] of program) if (place !== '') add(place, 'program', needs);
  for (const name of inPage) if (!shipped.has(name)) add(`node_modules/${name}`, 'page', []);
  add('node_modules/electron', 'window', []);
  return [...shipped.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether npm would install the package on such a computer; on Linux with the usual C library. */
function runsOn({ os, cpu, libc }: LockedPackage, { platform, arch }: Target): boolean {
  const fits = (allowed: readonly string[] | undefined, own: string) => allowed?.includes(own) ?? true;
  return fits(os, platform) && fits(cpu, arch) && fits(libc, 'glibc');
}
