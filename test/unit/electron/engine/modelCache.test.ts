import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { modelCache } from '../../../../electron/engine/modelCache.ts';
import type { Detector } from '../../../../native-models/detectors/detector.ts';
import { ModelError } from '../../../../native-models/errors.ts';

let dir: string;
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'kenro-detectors-'))));
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('modelCache', () => {
  it('opens each file once, keeps the last used and closes the others', async () => {
    const closed: string[] = [];
    const opened: string[] = [];
    const open = async (path: string): Promise<Detector> => {
      opened.push(path);
      return { close: async () => void closed.push(path) } as unknown as Detector;
    };
    const cache = modelCache(2, open);
    const files = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => {
        const path = join(dir, name);
        await writeFile(path, name);
        return { path, sha256: createHash('sha256').update(name).digest('hex') };
      }),
    );
    const [a, b, c] = files as [(typeof files)[0], (typeof files)[0], (typeof files)[0]];
    for (const file of [a, b, a, c, a, b]) await cache.use(file, async () => undefined);
    expect(opened).toEqual([a.path, b.path, c.path, b.path]);
    expect(closed).toEqual([b.path, c.path]);
  });

  it('judges on while another detector is being opened, and closes none that is in use', async () => {
    const closed: string[] = [];
    const opening = Promise.withResolvers<void>();
    const cache = modelCache(1, async (path) => {
      if (path.endsWith('slow')) await opening.promise;
      return { close: async () => void closed.push(path) } as unknown as Detector;
    });
    const file = async (name: string) => {
      const path = join(dir, name);
      await writeFile(path, name);
      return { path, sha256: createHash('sha256').update(name).digest('hex') };
    };
    const [quick, slow] = [await file('quick'), await file('slow')];
    const inUse = Promise.withResolvers<void>();
    const using = cache.use(quick, () => inUse.promise);
    const loading = cache.use(slow, async () => 'loaded');
    inUse.resolve();
    await using;
    await vi.waitFor(() => expect(closed).toEqual([quick.path]));
    expect(await cache.use(quick, async () => 'judged')).toBe('judged');
    opening.resolve();
    expect(await loading).toBe('loaded');
  });

  it('tries a file again that could not be opened', async () => {
    let broken = true;
    const cache = modelCache(2, async () => {
      if (broken) throw new ModelError('modelUnreadable');
      return {} as Detector;
    });
    const path = join(dir, 'm');
    await writeFile(path, 'm');
    const file = { path, sha256: createHash('sha256').update('m').digest('hex') };
    await expect(cache.use(file, async () => 1)).rejects.toMatchObject({ kind: 'modelUnreadable' });
    broken = false;
    expect(await cache.use(file, async () => 1)).toBe(1);
  });
});
