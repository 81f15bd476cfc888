import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { brokenArrows } from '../../build/cruise.ts';
import { root } from '../../build/folders.ts';
import { temporaryFolder } from '../support/shellFixtures.ts';

const folders = ['electron', 'renderer', 'native-models'];

test('every import follows the arrows of the house', async () => {
  expect(await brokenArrows(root, folders)).toEqual([]);
}, 120_000);

describe('the rules bite', () => {
  let house: ReturnType<typeof temporaryFolder>;

  beforeEach(() => {
    house = temporaryFolder();
    symlinkSync(join(root, 'node_modules'), join(house.path, 'node_modules'), 'junction');
    for (const file of [
      'electron/contract/bridge.ts',
      'electron/platform/clock.ts',
      'electron/store/db.ts',
      'electron/engine/client.ts',
      'electron/station/station.ts',
      'electron/browserShell/start.ts',
      'native-models/random.ts',
      'renderer/src/page.ts',
    ]) {
      plant(file, 'export const thing = 1; export type Thing = number;');
    }
  });
  afterEach(() => house.remove());

  function plant(file: string, source: string): void {
    const path = join(house.path, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, source);
  }

  const script = (source: string) => `<script lang="ts">\n${source}\n</script>\n<p>text</p>`;

  test.each([
    ['renderer', 'renderer/src/a.ts', `import { thing } from '../../electron/store/db.ts'; thing;`],
    [
      'renderer',
      'renderer/src/A.svelte',
      script(`import { thing } from '../../electron/station/station.ts';`),
    ],
    ['renderer', 'renderer/src/A.svelte', script(`import type { Thing } from '../../electron/store/db.ts';`)],
    ['renderer', 'renderer/src/a.ts', `import type { Thing } from '../../native-models/random.ts';`],
    ['electron/preload', 'electron/preload/a.ts', `import { thing } from '../platform/clock.ts'; thing;`],
    ['electron/contract', 'electron/contract/a.ts', `import { thing } from '../platform/clock.ts'; thing;`],
    ['electron/platform', 'electron/platform/a.ts', `import { thing } from '../store/db.ts'; thing;`],
    ['electron/store', 'electron/store/a.ts', `export * from '../engine/client.ts';`],
    ['electron/engine', 'electron/engine/a.ts', `import { thing } from '../store/db.ts'; thing;`],
    ['electron/station', 'electron/station/a.ts', `import { thing } from '../browserShell/start.ts'; thing;`],
    ['electron/station', 'electron/station/a.ts', `await import('../../native-models/random.ts');`],
    ['electron/main', 'electron/main/a.ts', `import { thing } from '../browserShell/start.ts'; thing;`],
    ['electron/main', 'electron/main/a.ts', `import { thing } from '../../native-models/random.ts'; thing;`],
    [
      'electron/browserShell',
      'electron/browserShell/a.ts',
      `import { thing } from '../../renderer/src/page.ts'; thing;`,
    ],
    ['native-models', 'native-models/a.ts', `import { thing } from '../electron/platform/clock.ts'; thing;`],
  ])('arrow:%s bites in %s (%#)', async (layer, file, source) => {
    plant(file, source);
    const broken = await brokenArrows(house.path, folders);
    expect(broken).toHaveLength(1);
    expect(broken[0]).toMatch(new RegExp(`^arrow:${layer}: ${file} → `));
  });

  test.each([
    ['onnxruntime', 'electron/engine/a.ts', `import 'onnxruntime-node';`],
    ['onnxruntime', 'native-models/detectors/a.ts', `import 'onnxruntime-node';`],
    ['sqlite', 'electron/station/a.ts', `import 'better-sqlite3';`],
    ['electron', 'electron/station/a.ts', `import 'electron';`],
    ['renderer-is-a-web-page', 'renderer/src/a.ts', `import 'node:fs';`],
    ['renderer-is-a-web-page', 'renderer/src/A.svelte', script(`import 'node:fs';`)],
    ['renderer-is-a-web-page', 'electron/contract/a.ts', `import 'node:crypto';`],
  ])('package:%s bites in %s (%#)', async (rule, file, source) => {
    plant(file, source);
    const broken = await brokenArrows(house.path, folders);
    expect(broken.filter((line) => line.startsWith(`package:${rule}: ${file} → `))).toHaveLength(1);
  });

  test('circles and imports that lead nowhere', async () => {
    plant('electron/store/a.ts', `import { b } from './b.ts'; export const a = () => b;`);
    plant('electron/store/b.ts', `import { a } from './a.ts'; export const b = () => a;`);
    plant('electron/store/c.ts', `import { c } from './missing.ts'; c;`);
    const broken = await brokenArrows(house.path, folders);
    expect(broken.filter((line) => line.startsWith('no-circles: '))).not.toEqual([]);
    expect(broken.filter((line) => line.startsWith('imports-lead-somewhere: '))).toEqual([
      'imports-lead-somewhere: electron/store/c.ts → ./missing.ts',
    ]);
  });

  test('and let through what is allowed', async () => {
    plant(
      'renderer/src/A.svelte',
      script(`import { thing } from '../../electron/contract/bridge.ts'; thing;`),
    );
    plant('electron/main/a.ts', `import { thing } from '../station/station.ts'; import 'electron'; thing;`);
    plant('electron/engine/a.ts', `import { thing } from '../../native-models/random.ts'; thing;`);
    plant('native-models/runtime/a.ts', `import 'onnxruntime-node';`);
    plant('electron/store/a.ts', `import 'better-sqlite3'; import 'node:fs';`);
    expect(await brokenArrows(house.path, folders)).toEqual([]);
  });
});
