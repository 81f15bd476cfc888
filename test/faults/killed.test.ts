import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { copyChecked } from '../../electron/station/backups/checkSet.ts';
import { seededRandom } from '../../native-models/random.ts';
import { realStarter } from '../support/realStarter.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { breaches } from './support/oracle.ts';
import { sizes, tell } from './support/sizes.ts';
import { TroubledStation } from './support/troubledStation.ts';

let starterDir: string;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kenro-starter-'));
  starterDir = await realStarter(folder);
  return () => rm(folder, { recursive: true, force: true });
});

it('each process killed at random moments under load: nothing is lost, doubled or passed unjudged', async () => {
  const root = await temporaryFolder();
  const station = new TroubledStation({ root, starterDir }, seededRandom(sizes.seed));
  await station.start();
  const { killed, delivered } = station;
  const kills = () => killed.station + killed.inspect + killed.train + station.hung;
  while (kills() < sizes.kills) await station.round();
  // A restore that is under way is carried out now, so that none undoes what is counted below.
  await station.kill();
  await station.again();
  const count = async () => {
    const filter = { ...everything, sourceId: station.sourceId };
    return (await station.call('history.count', { filter })).count;
  };
  const patient = { timeout: 120_000 + 200 * delivered.length, interval: 500 };
  await expect.poll(count, patient).toBe(delivered.length);
  expect(await station.call('audit.verify', {})).toMatchObject({ brokenAt: null });
  const { sets } = await station.call('backup.status', { folder: null });
  await station.kill();
  const { database, models, root: data } = dataPaths(station.dataDir);
  for (const folder of [data, models]) {
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  }

  const { wrong, seen } = breaches(database, station.sourceId, delivered);
  expect(wrong).toEqual([]);
  expect(seen.parts).toBe(delivered.length);
  expect(seen.ok).toBeGreaterThan(0);
  for (const { path } of sets) await copyChecked(path, await temporaryFolder());
  tell(
    `${killed.station} stations (and ${killed.starting} while starting), ${killed.inspect} inspecting and ` +
      `${killed.train} training engines killed, ${station.hung} engines hung, ${station.restores} restores ` +
      `between them (seed ${sizes.seed}): ${seen.parts} parts checked, ${seen.ok} of them OK; ` +
      `nothing lost or doubled, none OK unjudged, ${sets.length} backups whole`,
  );
});
