import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
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

it('power cut at every commit, with the log torn anywhere: the database opens as it was after some commit', async () => {
  const random = seededRandom(sizes.seed);
  const { paths, remove } = temporaryPaths();
  const { db } = await openForTest(paths);
  const line = addLine(db, 'disc');
  const image = await temporaryFolder();
  let parts = 0;
  let survived = 0;
  for (let cut = 0; cut < sizes.cuts; cut++) {
    const batch = Array.from({ length: 1 + random.integer(9) }, (_, i) => newPart(line, parts + i));
    recordInspections(db, batch);
    parts += batch.length;
    if (random.integer(8) === 0) db.pragma('wal_checkpoint(PASSIVE)');
    const root = join(image, String(cut));
    cpSync(paths.database, join(root, 'kenro.db'));
    const log = join(root, 'kenro.db-wal');
    cpSync(`${paths.database}-wal`, log);
    // What was not flushed may be there in part: the log ends anywhere, or in rubbish.
    const { size } = statSync(log);
    const whole = cut % 2 === 0;
    if (!whole) {
      const at = random.integer(size + 1);
      truncateSync(log, at);
      const rubbish = Buffer.from(Array.from({ length: random.integer(5_000) }, () => random.integer(256)));
      if (random.integer(2) === 0) writeFileSync(log, Buffer.concat([readFileSync(log), rubbish]));
    }
    const again = await openForTest(dataPaths(root));
    expect(again.notices).toEqual([]);
    expect(isConsistent(again.db)).toBe(true);
    const found = countHistory(again.db, everything);
    expect(countersSince(again.db, 0).parts).toBe(found);
    if (whole) expect(found).toBe(parts);
    else expect(found).toBeLessThanOrEqual(parts);
    again.db.close();
    rmSync(root, { recursive: true });
    survived++;
  }
  db.close();
  remove();
  tell(`${survived} power cuts while recording, ${parts} parts, each time whole commits only`);
});

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
