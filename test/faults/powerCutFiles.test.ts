import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { adoptModel, fileSha256 } from '../../electron/learning/modelFiles.ts';
import { keepReference, readReference, referenceFolder } from '../../electron/learning/reference.ts';
import { hashFile } from '../../electron/platform/hashedCopy.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { modelsOf, readManifest } from '../../electron/station/backups/backupSets.ts';
import { copyChecked } from '../../electron/station/backups/checkSet.ts';
import { makeSet } from '../../electron/station/backups/makeSet.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { addLine, newPart, openForTest, startMs } from '../store/support/station.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { filesIn, PowerCuts } from './support/powerCuts.ts';
import { tell } from './support/sizes.ts';

const power = vi.hoisted(() => ({ cuts: null as PowerCuts | null }));
vi.mock('node:fs/promises', async (load) => {
  const real = await load<Record<string, unknown>>();
  // Each function is looked up when it is called: with the watched disk while there is one.
  const through = Object.entries(real).map(([name, value]) => {
    if (typeof value !== 'function') return [name, value];
    const call = (...given: unknown[]) => {
      const watched = (power.cuts?.fs as Record<string, unknown> | undefined)?.[name] ?? value;
      return (watched as (...given: unknown[]) => unknown)(...given);
    };
    return [name, call];
  });
  return Object.fromEntries(through) as object;
});

let root: string;
let cuts: PowerCuts;
beforeEach(async () => {
  root = await temporaryFolder();
  cuts = new PowerCuts(await vi.importActual('node:fs/promises'));
});
afterEach(() => {
  power.cuts = null;
});

/** What power cuts at each step of `work` leave of a folder, one folder a step. */
async function leftOf(folder: string, work: () => Promise<unknown>): Promise<string[]> {
  const images = join(root, 'left');
  mkdirSync(images);
  let steps = 0;
  cuts.onStep = () => cuts.leave(folder, join(images, String(steps++)));
  power.cuts = cuts;
  await work();
  cuts.onStep();
  power.cuts = null;
  return Array.from({ length: steps }, (_, step) => join(images, String(step)));
}

const weights = 50_000;
const pictureBytes = 30_000;

it('power cut at every step of placing models and what they are compared on: there whole, or not at all', async () => {
  const models = join(root, 'models');
  mkdirSync(models);
  writeFileSync(join(root, 'network.onnx'), Buffer.alloc(100_000, 'model'));
  writeFileSync(join(root, 'weights.bin'), Buffer.alloc(weights, 'weights'));
  writeFileSync(join(root, 'part.png'), Buffer.alloc(pictureBytes, 'picture'));
  let [alone, inFolder] = ['', ''];
  const lefts = await leftOf(models, async () => {
    alone = await adoptModel(models, join(root, 'network.onnx'));
    inFolder = await adoptModel(models, join(root, 'network.onnx'), ['weights.bin']);
    await keepReference(models, alone, [{ name: join(root, 'part.png'), score: 0.5, label: null }]);
  });
  for (const left of lefts) {
    const names = readdirSync(left);
    if (names.includes(`${alone}.onnx`)) expect(await fileSha256(join(left, `${alone}.onnx`))).toBe(alone);
    if (names.includes(inFolder)) {
      expect(await fileSha256(join(left, inFolder, 'model.onnx'))).toBe(alone);
      expect(statSync(join(left, inFolder, 'weights.bin')).size).toBe(weights);
    }
    if (!names.includes(`${alone}.reference`)) continue;
    expect(await readReference(left, alone)).toHaveLength(1);
    expect(statSync(join(referenceFolder(left, alone), '0.png')).size).toBe(pictureBytes);
  }
  expect(readdirSync(lefts.at(-1)!).toSorted()).toEqual(
    [inFolder, `${alone}.onnx`, `${alone}.reference`].toSorted(),
  );
  tell(`${lefts.length} power cuts while models were placed, each time whole or not there`);
});

it('power cut at every step of making backups: what has a manifest can be restored', async () => {
  const paths = dataPaths(join(root, 'data'));
  const { db } = await openForTest(paths);
  recordInspections(
    db,
    Array.from({ length: 50 }, (_, number) => newPart(addLine(db, `disc ${number}`), number)),
  );
  for (const name of ['a', 'b', 'c']) writeFileSync(join(paths.models, `${name}.onnx`), name.repeat(10_000));
  const folder = join(root, 'share');
  mkdirSync(folder);
  const lefts = await leftOf(folder, async () => {
    for (const hours of [1, 2, 3]) {
      const nowMs = startMs + hours * 3_600_000;
      await makeSet({ db, paths, folder, keep: 2, app: '0.1.0', nowMs });
      writeFileSync(join(paths.models, `new-${hours}.onnx`), Buffer.alloc(20_000, hours));
    }
  });
  db.close();
  let whole = 0;
  for (const left of lefts) {
    for (const manifest of filesIn(left).filter((path) => path.endsWith('backup.json'))) {
      const set = join(left, manifest, '..');
      const { database, models } = await readManifest(set);
      expect(await hashFile(join(set, database.path))).toBe(database.sha256);
      for (const { path, sha256 } of models) expect(await hashFile(join(modelsOf(set), path))).toBe(sha256);
      whole++;
    }
  }
  const names = filesIn(lefts.at(-1)!).filter((path) => path.endsWith('backup.json'));
  expect(names).toHaveLength(2);
  for (const [index, name] of names.entries()) {
    const set = join(lefts.at(-1)!, name, '..');
    expect((await copyChecked(set, join(root, `restored ${index}`))).parts).toBe(50);
  }
  tell(
    `${lefts.length} power cuts while backups were made, ${whole} backups with a manifest, all of them whole`,
  );
});

it('the watched disk finds out what is renamed without having been flushed', async () => {
  const place = join(root, 'models');
  mkdirSync(place);
  await cuts.fs.writeFile(join(place, 'draft'), Buffer.alloc(100, 'model'));
  await cuts.fs.rename(join(place, 'draft'), join(place, 'model'));
  cuts.leave(place, join(root, 'name lost'));
  expect(readdirSync(join(root, 'name lost'))).toEqual([]);
  const folder = await cuts.fs.open(place, 'r');
  await folder.sync();
  await folder.close();
  cuts.leave(place, join(root, 'content lost'));
  expect(readFileSync(join(root, 'content lost', 'model')).byteLength).toBe(50);
});
