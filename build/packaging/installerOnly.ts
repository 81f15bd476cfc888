import { nameAt, reach, readLock } from './lockFile.ts';

/** What a package needs to fetch or compile itself and never once it is installed. */
const neededToInstall: Readonly<Record<string, readonly string[]>> = {
  'onnxruntime-node': ['adm-zip', 'global-agent'],
  'better-sqlite3': ['node-addon-api'],
};

/** Whether a dependency is one of the running program, by the folders of both. */
export function isNeededToRun(who: string, what: string): boolean {
  return !neededToInstall[nameAt(who)]?.includes(nameAt(what));
}

/**
 * Packages that are installed for nothing but the installation of others; they stay out of what is delivered.
 * @param lockFile path of `package-lock.json`
 */
export function installerOnly(lockFile: string): string[] {
  const lock = readLock(lockFile);
  const needed = reach(lock, '', isNeededToRun);
  return [...reach(lock, '').keys()].filter((place) => !needed.has(place)).map(nameAt);
}
