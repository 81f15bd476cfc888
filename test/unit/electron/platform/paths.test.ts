import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { expect, it } from 'vitest';
import { dataPaths, makeFolders } from '../../../../electron/platform/paths.ts';

it('everything of a station lies in its folder, which is made when it is not there', () => {
  const root = mkdtempSync(join(tmpdir(), 'kenro-paths-'));
  const paths = dataPaths(join(root, 'new', 'place'));
  // The keys' own is made with the first key, closed to others.
  const { database, formulations, providers, auditAnchors, keys, ...folders } = paths;
  makeFolders(paths);
  makeFolders(paths);
  for (const file of [database, formulations, providers, auditAnchors, keys])
    expect(dirname(file)).toBe(paths.root);
  for (const folder of Object.values(folders)) expect(existsSync(folder)).toBe(true);
  expect(Object.values(dataPaths('somewhere')).every(isAbsolute)).toBe(true);
  rmSync(root, { recursive: true });
});
