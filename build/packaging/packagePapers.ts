import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { distFolder, pageFolder, root } from '../folders.ts';
import { licenceList, licenceText, type LicenceEntry } from './licences.ts';
import type { Target } from './natives.ts';
import { licenceFile } from './pagePackages.ts';
import { bomOf } from './sbom.ts';
import { shippedPackages } from './shippedPackages.ts';

/** Where they lie before they go beside the program as `resources/licences`. */
export const papersFolder = join(distFolder, 'licences');

const shown = join(pageFolder, licenceFile);

/** Names of the packages that the page as it was built last took code from. */
export function packagesInPage(): string[] {
  return (JSON.parse(readFileSync(shown, 'utf8')) as LicenceEntry[])
    .filter(({ usedIn }) => usedIn === 'page')
    .map(({ name }) => name);
}

/**
 * Writes what goes with a package for a target: the licence list, for people (`LICENCES.txt`) and for the page, and the
 * bill of materials (`sbom.cdx.json`). The page must have been built.
 */
export function writePapers(target: Target): void {
  const inPage = packagesInPage();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const list = licenceList(inPage, target);
  rmSync(papersFolder, { recursive: true, force: true });
  mkdirSync(papersFolder, { recursive: true });
  // Somebody may be reading the page of this computer meanwhile.
  const json = JSON.stringify(list);
  if (readFileSync(shown, 'utf8') !== json) writeFileSync(shown, json);
  writeFileSync(join(papersFolder, 'LICENCES.txt'), licenceText(list));
  const bom = bomOf(version, shippedPackages(join(root, 'package-lock.json'), inPage, target));
  writeFileSync(join(papersFolder, 'sbom.cdx.json'), `${JSON.stringify(bom, null, 2)}\n`);
}
