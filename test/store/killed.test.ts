import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { everything } from '../../electron/contract/history.ts';
import { isWhollySound } from '../../electron/store/sound.ts';
import { countersSince, countHistory } from '../../electron/store/tallies.ts';
import { openForTest, temporaryPaths } from './support/station.ts';

/** Kills a recording process when it has acknowledged some parts; gives the number acknowledged last. */
async function recordAndKill(folder: string, parts: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'support/recordForever.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (Number(said.trim().split('\n').at(-1)) >= parts) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  return Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
}

it('a process killed while it records loses no acknowledged part and leaves no batch half done', async () => {
  const { paths, remove } = temporaryPaths();
  for (const parts of [50, 400, 1000]) {
    const acknowledged = await recordAndKill(paths.root, parts);
    const { db, notices } = await openForTest(paths);
    const recorded = countersSince(db, 0);
    expect(notices).toEqual([]);
    expect(acknowledged).toBeGreaterThanOrEqual(parts);
    expect(recorded.parts).toBeGreaterThanOrEqual(acknowledged);
    expect(recorded.parts % 7).toBe(0);
    expect(recorded.ng).toBe(recorded.parts / 7);
    expect(countHistory(db, everything)).toBe(recorded.parts);
    expect(db.prepare('SELECT count(*) FROM inspections').pluck().get()).toBe(recorded.parts);
    expect(isWhollySound(db)).toBe(true);
    db.close();
  }
  remove();
});
