import { statfsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { everything } from '../../../../electron/contract/history.ts';
import { canMountSmallDisk, mountSmallDisk, unmountSmallDisk } from '../../../support/smallDisk.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { testStation } from '../../../support/testStation.ts';

const patient = { timeout: 20_000 };

describe.skipIf(!canMountSmallDisk())('when the disk is full', () => {
  test('parts wait at their source, the state says why, and all are recorded when there is room', async () => {
    const dataDir = mountSmallDisk(6) as string;
    onTestFinished(() => unmountSmallDisk(dataDir));
    const watched = await temporaryFolder();
    const station = await testStation({ dataDir });
    await station.call('source.change', { id: 1, paused: true });
    const config = { kind: 'folder', path: watched, subfolders: true, existing: true } as const;
    const { id } = await station.call('source.add', { name: 'Folder', productId: 1, config });
    const camera = await station.call('source.add', {
      name: 'Camera',
      productId: 1,
      config: { kind: 'camera', deviceId: '', trigger: 'key', intervalMs: 1_000 },
    });

    const ballast = join(dataDir, 'ballast');
    const { bavail, bsize } = statfsSync(dataDir);
    await writeFile(ballast, Buffer.alloc(bavail * bsize));
    const count = 1_000;
    await Promise.all(Array.from({ length: count }, (_, n) => writeFile(join(watched, `${n}.png`), 'x')));

    const stateOf = () =>
      station
        .told('sourceStates.changed')
        .at(-1)
        ?.find(({ sourceId }) => sourceId === id);
    await expect.poll(() => stateOf()?.error?.kind, patient).toBe('diskFull');
    const image = Buffer.alloc(100_000).toString('base64');
    const frame = { sourceId: camera.id, image, serial: '' };
    await expect(station.call('camera.frame', frame)).rejects.toMatchObject({ kind: 'diskFull' });
    const announced = () =>
      station.told('parts.judged').reduce((sum, { inspections }) => sum + inspections.length, 0);
    const countNow = async () => (await station.call('history.count', { filter: everything })).count;
    expect(announced()).toBe(await countNow());
    expect(announced()).toBeLessThan(count);

    await rm(ballast);
    await expect.poll(countNow, patient).toBeGreaterThanOrEqual(count);
    await expect.poll(() => stateOf()?.status, patient).toBe('waiting');
    const filter = { ...everything, sourceId: id };
    expect((await station.call('history.count', { filter })).count).toBe(count);
    await station.call('camera.frame', frame);
  });
});
