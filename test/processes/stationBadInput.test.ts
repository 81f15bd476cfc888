import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import { realStarter, tilePictures } from '../support/realStarter.ts';
import { startStationProcess } from '../support/stationProcess.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

let starterDir: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kenro-starter-'));
  starterDir = await realStarter(folder);
  return () => rm(folder, { recursive: true, force: true });
});

/** A PNG that claims to be so large; its data are those of a small one. */
function claiming(picture: Uint8Array, side: number): Uint8Array {
  const bytes = Buffer.from(picture);
  bytes.writeUInt32BE(side, 16);
  bytes.writeUInt32BE(side, 20);
  return bytes;
}

test('bad files become reviews that say why, between good ones, and the line goes on', async () => {
  const root = await temporaryFolder();
  const watched = join(root, 'watched');
  await mkdir(watched);
  const [picture] = (await tilePictures(1, 0)) as [Uint8Array];
  const files: Record<string, Uint8Array | string> = {
    'good 1.png': picture,
    'empty.png': '',
    'text.png': 'this is no picture',
    'truncated.png': picture.subarray(0, picture.length / 2),
    'huge.png': claiming(picture, 200_000),
    'good 2.png': picture,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(watched, name), content);

  const station = await startStationProcess(join(root, 'data'), starterDir);
  await station.call('source.change', { id: 1, paused: true });
  const config = { kind: 'folder', path: watched, subfolders: true, existing: true } as const;
  const { id } = await station.call('source.add', { name: 'Folder', productId: 2, config });
  const page = () =>
    station.call('history.page', {
      filter: { ...everything, sourceId: id },
      before: null,
      after: null,
      limit: 50,
    });
  await expect.poll(async () => (await page()).rows.length, { timeout: 60_000, interval: 100 }).toBe(6);

  const { rows } = await page();
  const reasons = Object.fromEntries(rows.map(({ origin, reason }) => [origin, reason]));
  expect(reasons).toMatchObject({ 'good 1.png': null, 'good 2.png': null, 'huge.png': 'imageTooLarge' });
  for (const name of ['empty.png', 'text.png', 'truncated.png']) {
    expect(['imageUnreadable', 'imageIncomplete']).toContain(reasons[name]);
  }
  for (const { reason, verdict, score } of rows) {
    expect(verdict === 'REVIEW' || reason === null).toBe(true);
    expect(score === null).toBe(reason !== null);
  }
  const { counters } = await station.call('station.snapshot', {});
  expect(counters.errors).toBeGreaterThanOrEqual(4);
});
