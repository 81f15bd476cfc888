import { cpSync, existsSync, globSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build, type InlineConfig } from 'vite';
import { channels } from '../electron/contract/channels.ts';
import { events } from '../electron/contract/events.ts';
import { distFolder, preloadFile, root } from './folders.ts';

/** All of it: some modules are named by no import, but started by their path (engine processes, workers). */
const coreModules = ['electron/**/*.ts', 'native-models/**/*.ts'];
const notCore = ['electron/preload/**', 'native-models/models/**', '**/*.d.ts'];
const builtIn = [...builtinModules, 'electron', /^node:/];

/** @param outDir emptied first */
export async function buildPage(outDir: string): Promise<void> {
  await build({ configFile: join(root, 'build', 'vite.config.ts'), build: { outDir } });
}

/**
 * Everything that runs under Node or in Electron's main process. One file a module, in the same places as
 * the sources, so that paths between them stay true; packages are imported where npm has put them.
 */
export async function buildCore(): Promise<void> {
  await build({
    ...quiet,
    build: {
      ssr: true,
      outDir: distFolder,
      emptyOutDir: false,
      target: 'node24',
      minify: false,
      rolldownOptions: {
        input: globSync(coreModules, { cwd: root, exclude: notCore }).map((path) => join(root, path)),
        external: (id) => !id.startsWith('.') && !id.startsWith('/') && !/^[a-z]:[\\/]/i.test(id),
        output: {
          format: 'es',
          preserveModules: true,
          preserveModulesRoot: root,
          entryFileNames: '[name].js',
        },
      },
    },
  });
  const models = join('native-models', 'models');
  if (existsSync(join(root, models))) {
    cpSync(join(root, models), join(distFolder, models), {
      recursive: true,
      filter: (path) => !path.endsWith('.ts'),
    });
  }
}

/**
 * The bridge, for a sandboxed window: a single CommonJS file, because a sandboxed preload script can load
 * nothing but `electron`. It knows the names of the contract and none of its schemas: the main process checks.
 */
export async function buildPreload(): Promise<void> {
  await build({
    ...quiet,
    define: {
      contractNames: JSON.stringify({ channels: Object.keys(channels), events: Object.keys(events) }),
    },
    build: {
      ssr: true,
      outDir: join(preloadFile, '..'),
      emptyOutDir: false,
      target: 'chrome146',
      minify: false,
      rolldownOptions: {
        input: join(root, 'electron', 'preload', 'preload.ts'),
        external: builtIn,
        output: { format: 'cjs', entryFileNames: 'preload.cjs', codeSplitting: false },
      },
    },
  });
}

const quiet = { configFile: false, root, logLevel: 'warn' } as const satisfies InlineConfig;
