import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { listFolder } from '../../../../electron/station/listFolder.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';

test('shows folders, and the files of the kind asked for', async () => {
  const folder = await temporaryFolder();
  for (const name of ['b', 'a10', 'a9', '.hidden']) await mkdir(join(folder, name));
  for (const name of ['2.png', '10.PNG', 'net.onnx', 'notes.txt', '.x.png'])
    await writeFile(join(folder, name), 'abc');
  await symlink(join(folder, 'b'), join(folder, 'link'));
  await symlink('/nowhere', join(folder, 'dangling'));

  const images = await listFolder(folder, 'images');
  expect(images).toMatchObject({ path: folder, parent: dirname(folder), fileCount: 2 });
  expect(images.folders.map(({ name }) => name)).toEqual(['a9', 'a10', 'b', 'link']);
  expect(images.files).toEqual([
    { name: '2.png', path: join(folder, '2.png'), bytes: 3 },
    { name: '10.PNG', path: join(folder, '10.PNG'), bytes: 3 },
  ]);
  const models = await listFolder(folder, 'models');
  expect(models.files.map(({ name }) => name)).toEqual(['net.onnx']);
});

test('counts all files but shows no more than a screen can', async () => {
  const folder = await temporaryFolder();
  await Promise.all(Array.from({ length: 600 }, (_, n) => writeFile(join(folder, `${n}.png`), '')));
  const listing = await listFolder(folder, 'images');
  expect([listing.files.length, listing.fileCount]).toEqual([500, 600]);
});

test('begins at home, and ends at the root', async () => {
  expect((await listFolder(null, 'images')).path).toBe(homedir());
  if (process.platform !== 'win32') expect((await listFolder('/', 'images')).parent).toBeNull();
});

test('names a folder that is not there, or is none', async () => {
  await expect(listFolder('/no/such/folder', 'images')).rejects.toMatchObject({
    kind: 'folderMissing',
    params: { path: '/no/such/folder' },
  });
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, '');
  await expect(listFolder(file, 'images')).rejects.toMatchObject({ kind: 'folderMissing' });
});

// Root may read everything, so as root there is nothing to see.
test.skipIf(process.getuid?.() === 0)('names a folder that may not be read', async () => {
  const folder = await temporaryFolder();
  await chmod(folder, 0);
  await expect(listFolder(folder, 'images')).rejects.toMatchObject({ kind: 'folderForbidden' });
  await chmod(folder, 0o755);
});
