import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { seededRandom } from '../../native-models/random.ts';
import { realStarter, tilePictures } from '../support/realStarter.ts';
import { startStationProcess, type StationProcess } from '../support/stationProcess.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { breaches } from './support/oracle.ts';
import { sizes, tell } from './support/sizes.ts';

let starterDir: string;
let pictures: Uint8Array[];
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kenro-starter-'));
  starterDir = await realStarter(folder);
  pictures = await tilePictures();
  return () => rm(folder, { recursive: true, force: true });
});

/** The second product is the tile, which has a detector. */
const tile = 2;
const countOf = (station: StationProcess, sourceId: number) =>
  station.call('history.count', { filter: { ...everything, sourceId } }).then(({ count }) => count);

it('station and engine killed at random moments under load: nothing is lost, doubled or passed unjudged', async () => {
  const random = seededRandom(sizes.seed);
  const root = await temporaryFolder();
  const [dataDir, watched] = [join(root, 'data'), join(root, 'watched')];
  await mkdir(watched);
  let station = await startStationProcess(dataDir, starterDir);
  await station.call('source.change', { id: 1, paused: true });
  const config = { kind: 'folder', path: watched, subfolders: true, existing: true } as const;
  const { id } = await station.call('source.add', { name: 'Folder', productId: tile, config });

  const delivered: string[] = [];
  const deliver = async () => {
    const name = `${delivered.length}.png`;
    delivered.push(name);
    // Some appear at once, some grow: both are what cameras do.
    const picture = pictures[delivered.length % pictures.length] as Uint8Array;
    if (random.integer(2) === 0) return writeFile(join(watched, name), picture);
    await writeFile(join(root, 'draft'), picture);
    return rename(join(root, 'draft'), join(watched, name));
  };

  const killed = { station: 0, engine: 0 };
  while (killed.station + killed.engine < sizes.kills) {
    const untilMs = performance.now() + 200 + random.integer(1_500);
    while (performance.now() < untilMs) {
      await deliver();
      await wait(random.integer(40));
    }
    if (random.integer(2) === 0) {
      const { engine } = await station.call('station.snapshot', {});
      if (engine.pid === null) continue;
      process.kill(engine.pid, 'SIGKILL');
      killed.engine++;
    } else {
      await station.kill();
      killed.station++;
      for (let burst = random.integer(10); burst > 0; burst--) await deliver();
      station = await startStationProcess(dataDir, starterDir);
    }
  }
  const patient = { timeout: 120_000 + 200 * delivered.length, interval: 500 };
  await expect.poll(() => countOf(station, id), patient).toBe(delivered.length);
  await station.kill();

  const { wrong, seen } = breaches(dataPaths(dataDir).database, id, delivered);
  expect(wrong).toEqual([]);
  expect(seen.parts).toBe(delivered.length);
  expect(seen.ok).toBeGreaterThan(0);
  tell(
    `${killed.station} stations and ${killed.engine} engines killed (seed ${sizes.seed}), ` +
      `${seen.parts} parts checked, nothing lost, none OK unjudged`,
  );
});
