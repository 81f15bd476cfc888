import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import { seededRandom } from '../../native-models/random.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { isConsistent } from '../../electron/store/sound.ts';
import { countersSince, countHistory } from '../../electron/store/tallies.ts';
import { addLine, newPart, openForTest, temporaryPaths } from '../store/support/station.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { filesIn, PowerCuts } from './support/powerCuts.ts';
import { sizes, tell } from './support/sizes.ts';
import { leave, StoreCuts, type DatabaseFiles } from './support/storeCuts.ts';

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
afterEach(() => {
  power.cuts = null;
});

it('power cut at every flush while recording: the database opens as it was after some commit', async () => {
  const random = seededRandom(sizes.seed);
  const { paths, remove } = temporaryPaths();
  const { db } = await openForTest(paths);
  // What the watched disk stands for.
  expect(db.pragma('synchronous', { simple: true })).toBe(1);
  const line = addLine(db, 'disc');
  db.pragma('wal_checkpoint(TRUNCATE)');
  const disk = new StoreCuts(paths.database, random);
  const image = await temporaryFolder();
  let [parts, survived, lost] = [0, 0, 0];
  let committed = [parts];
  while (survived < sizes.cuts) {
    const batch = Array.from({ length: 1 + random.integer(9) }, (_, i) => newPart(line, parts + i));
    recordInspections(db, batch);
    parts += batch.length;
    committed.push(parts);
    const isChecked = random.integer(6) === 0;
    const cuts = disk.step();
    if (isChecked) db.pragma('wal_checkpoint(PASSIVE)');
    if (isChecked) cuts.push(...disk.step());
    for (const { files, isWhole } of cuts) {
      const found = await partsLeft(files, join(image, String(survived)));
      if (isWhole) expect(found).toBe(parts);
      else expect(committed).toContain(found);
      lost = Math.max(lost, parts - found);
      survived++;
    }
    if (disk.isSafe) committed = [parts];
  }
  db.close();
  remove();
  tell(
    `${survived} power cuts while recording ${parts} parts, each time whole commits only, at most the last ${lost} parts`,
  );
});

/** Opens what a power cut left, checks all of it, and counts. */
async function partsLeft(files: DatabaseFiles, root: string): Promise<number> {
  leave(files, root);
  const { db, notices } = await openForTest(dataPaths(root));
  expect(notices).toEqual([]);
  expect(isConsistent(db)).toBe(true);
  const found = countHistory(db, everything);
  expect(countersSince(db, 0).parts).toBe(found);
  db.close();
  rmSync(root, { recursive: true });
  return found;
}

it('power cut at every step of placing a model: it is there whole, or not at all', async () => {
  const { adoptModel } = await import('../../electron/learning/modelFiles.ts');
  const { writeDurably } = await import('../../electron/platform/durableFile.ts');
  const root = await temporaryFolder();
  const [models, outside, images] = [join(root, 'models'), join(root, 'network.onnx'), join(root, 'left')];
  const content = Buffer.alloc(100_000, 'model');
  writeFileSync(outside, content);
  writeFileSync(join(root, 'weights.bin'), Buffer.alloc(50_000, 'weights'));
  mkdirSync(models);
  mkdirSync(images);

  const cuts = new PowerCuts(await vi.importActual('node:fs/promises'));
  let steps = 0;
  cuts.onStep = () => {
    const left = join(images, String(steps++));
    cuts.leave(models, left);
    for (const path of filesIn(left)) {
      if (/\.tmp(\/|$)/.test(path)) continue;
      const bytes = readFileSync(join(left, path));
      const hash = createHash('sha256').update(bytes).digest('hex');
      if (/^[0-9a-f]{64}\.onnx$/.test(path)) expect(`${hash}.onnx`).toBe(path);
      else
        expect(bytes.byteLength).toBe(
          path.endsWith('weights.bin') ? 50_000 : statSync(join(models, path)).size,
        );
    }
    rmSync(left, { recursive: true });
  };
  power.cuts = cuts;
  const sha256 = await adoptModel(models, outside);
  await adoptModel(models, outside, ['weights.bin']);
  await writeDurably(join(models, 'reference.json'), 'a list of parts'.repeat(1_000));
  power.cuts = null;
  expect(steps).toBeGreaterThan(10);
  expect(existsSync(join(models, `${sha256}.onnx`))).toBe(true);
  expect(cuts.unflushed.size).toBe(0);
  tell(`${steps} power cuts while models were placed, each time whole or not there`);
});

it('the watched disk finds out what is renamed without having been flushed', async () => {
  const root = await temporaryFolder();
  const cuts = new PowerCuts(await vi.importActual('node:fs/promises'));
  const place = join(root, 'models');
  await cuts.fs.mkdir(place);
  await cuts.fs.writeFile(join(place, 'draft'), Buffer.alloc(100, 'model'));
  await cuts.fs.rename(join(place, 'draft'), join(place, 'model'));
  cuts.leave(place, join(root, 'left'));
  expect(statSync(join(root, 'left', 'model')).size).toBe(50);
});
