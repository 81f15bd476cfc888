import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { copyChecked } from '../../electron/station/backups/checkSet.ts';
import { makeSet } from '../../electron/station/backups/makeSet.ts';
import { openData } from '../../electron/station/backups/openData.ts';
import { beginStaging, orderRestore } from '../../electron/station/backups/restoring.ts';
import { connectReadable } from '../../electron/store/connect.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { countHistory } from '../../electron/store/tallies.ts';
import { addLine, newPart, openForTest, startMs, testClock } from '../store/support/station.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { tell } from './support/sizes.ts';

class Cut extends Error {}

/** Changes of the disk that are still carried out; the one after is a power cut. */
const power = vi.hoisted(() => ({ left: Infinity, cut: (): Error => new Error() }));
vi.mock('node:fs', (load) => cutting(load, ['renameSync', 'mkdirSync', 'rmSync']));
vi.mock('node:fs/promises', (load) => cutting(load, ['rename', 'mkdir', 'copyFile', 'open']));

async function cutting(load: () => Promise<object>, changing: readonly string[]): Promise<object> {
  const real = (await load()) as Record<string, unknown>;
  const watched = changing.map((name) => {
    const call = (...given: unknown[]) => {
      if (power.left-- <= 0) throw power.cut();
      return (real[name] as (...given: unknown[]) => unknown)(...given);
    };
    return [name, call];
  });
  return { ...real, ...Object.fromEntries(watched) };
}

const before = 30;
const lost = 12;

it('a restore cut off at any step is finished at the next start, and what it replaces is kept', async () => {
  power.cut = () => new Cut();
  const root = await temporaryFolder();
  const paths = dataPaths(join(root, 'data'));
  const { db } = await openForTest(paths);
  const line = addLine(db, 'disc');
  const record = (from: number, count: number) =>
    recordInspections(
      db,
      Array.from({ length: count }, (_, index) => newPart(line, from + index)),
    );
  record(0, before);
  const { path } = await makeSet({ db, paths, folder: root, keep: 1, app: '0.1.0', nowMs: startMs });
  record(before, lost);
  const manifest = await copyChecked(path, beginStaging(paths));
  const order = { from: path, actor: 'Aoki', reason: 'a test', stagedMs: startMs + 1, lostParts: lost };
  await orderRestore(paths, { ...order, manifest });
  db.close();

  const open = (copy: typeof paths) => openData(copy, { clock: testClock(startMs + 2), app: '0.1.0' });
  let cuts = 0;
  for (let isFinished = false; !isFinished; cuts++) {
    const copy = dataPaths(join(root, `cut ${cuts}`));
    cpSync(paths.root, copy.root, { recursive: true });
    power.left = cuts;
    const first = await open(copy).catch((thrown: unknown) => {
      if (!(thrown instanceof Cut)) throw thrown;
      return null;
    });
    power.left = Infinity;
    isFinished = first !== null;
    const store = first ?? (await open(copy));
    expect(countHistory(store.db, everything)).toBe(before);
    expect(store.notices).toMatchObject([{ kind: 'restored', params: { lostParts: lost } }]);
    store.db.close();
    const [kept] = readdirSync(copy.root).filter((name) => name.startsWith('before-restore-'));
    const replaced = connectReadable(join(copy.root, kept!, 'kenro.db'));
    expect(countHistory(replaced, everything)).toBe(before + lost);
    replaced.close();
    expect(existsSync(join(copy.root, 'restore'))).toBe(false);
  }
  expect(cuts).toBeGreaterThan(5);
  tell(`${cuts - 1} restores cut off, one at each step, all finished at the next start`);
});
