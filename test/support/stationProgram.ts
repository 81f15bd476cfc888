/**
 * A station as a process of its own, driven over the channel of `fork`: `{ id, name, request }` in,
 * `{ id, outcome }` out, `{ event, payload }` unasked. Arguments: data folder, folder of shipped models.
 */
import { join } from 'node:path';
import { KenroError } from '../../electron/contract/errors.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { nodeLauncher } from '../../electron/platform/launcher.ts';
import { consoleLog } from '../../electron/platform/log.ts';
import { systemRandom } from '../../electron/platform/random.ts';
import { createDispatch } from '../../electron/station/dispatch.ts';
import { startStation } from '../../electron/station/station.ts';

const [dataDir, starterDir] = process.argv.slice(2) as [string, string];
const send = (message: unknown) => {
  if (process.connected) process.send?.(message);
};

const station = await startStation({
  dataDir,
  version: '0.0.0',
  shell: 'browser',
  clock: systemClock,
  random: systemRandom,
  launcher: nodeLauncher,
  starterDir,
  handbookDir: join(dataDir, 'no handbook'),
  log: consoleLog,
  emit: (event, payload) => send({ event, payload }),
  printPdf: () => Promise.reject(new KenroError('browserMissing')),
});
const dispatch = createDispatch(
  station.handlers,
  (name, thrown) => consoleLog.error(`bug in ${name}`, thrown),
  station.openPage((event, payload) => send({ event, payload })),
);

process.on('message', (raw) => {
  const { id, name, request } = raw as { id: number; name: string; request: unknown };
  void dispatch(name, request).then((outcome) => send({ id, outcome }));
});
// Without its driver there is nobody left to stop it.
process.on('disconnect', () => process.exit(0));
send({ ready: true });
