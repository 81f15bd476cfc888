import { afterEach } from 'vitest';
import { openStations } from './stationPage.ts';

/** Says, under a test that failed, what the pages showed: on a machine out of reach nobody can look. */
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const station of openStations)
    process.stdout.write(`After "${task.name}":\n${await station.describe()}\n`);
});
