import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { extractAll, listPackage } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { electronFuses } from '../../build/electronBuilder.config.ts';
import { root } from '../../build/folders.ts';
import { isAllowed, type LicenceEntry } from '../../build/packaging/licences.ts';
import { thisTarget } from '../../build/packaging/natives.ts';
import type { Sbom } from '../../build/packaging/sbom.ts';
import { shippedPackages } from '../../build/packaging/shippedPackages.ts';
import { standInDistribution } from '../support/electronDist.ts';
import { openSocket, signIn, startProgram } from '../support/runningProgram.ts';
import { temporaryFolder } from '../support/shellFixtures.ts';

const { platform, arch } = thisTarget;
/** `@electron/fuses` writes a fuse that is off and one that is on as these characters. */
const [off, on] = ['0'.charCodeAt(0), '1'.charCodeAt(0)];

/** Packages as `npm run package` does. Rejects with what it printed. */
async function packages(output: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, 'build', 'package.ts'), '--dir', '--output', output, ...args],
    { cwd: root, maxBuffer: 1 << 24 },
  );
  return stdout;
}

// A stand-in for Electron as Linux has it; what goes into the archive is put together in the same way everywhere.
describe.skipIf(platform !== 'linux')(
  'a package made with a stand-in for the distribution of Electron',
  () => {
    let folder: ReturnType<typeof temporaryFolder>;
    let unpacked: string;
    let archive: string;
    /** All files of the archive, with `/` between folders. */
    let inside: string[];
    let extracted: string;

    beforeAll(async () => {
      folder = temporaryFolder();
      const electron = standInDistribution(join(folder.path, 'electron'));
      await packages(join(folder.path, 'out'), '--electron', electron);
      unpacked = join(folder.path, 'out', arch === 'x64' ? 'linux-unpacked' : `linux-${arch}-unpacked`);
      archive = join(unpacked, 'resources', 'app.asar');
      extracted = join(folder.path, 'extracted');
      extractAll(archive, extracted);
      inside = listPackage(archive, { isPack: false })
        .map((path) => path.replaceAll('\\', '/').slice(1))
        .filter((path) => statSync(join(extracted, path)).isFile());
    }, 600_000);
    afterAll(() => folder.remove());

    test('holds the program, its papers, the two languages, and nothing that looks for updates', () => {
      const files = filesUnder(unpacked).filter((file) => !file.includes('app.asar.unpacked/'));
      expect(files.sort()).toEqual([
        'LICENSE.electron.txt',
        'LICENSES.chromium.html',
        'kenro',
        'locales/en-US.pak',
        'locales/ja.pak',
        'resources/app.asar',
        'resources/licences/LICENCES.txt',
        'resources/licences/sbom.cdx.json',
        'version',
      ]);
      expect(
        filesUnder(join(folder.path, 'out')).filter((file) => /latest|app-update|blockmap/.test(file)),
      ).toEqual([]);
    });

    test('has every fuse as the configuration says', async () => {
      const wire = await getCurrentFuseWire(join(unpacked, 'kenro'));
      const byOption: Record<keyof typeof electronFuses, FuseV1Options> = {
        runAsNode: FuseV1Options.RunAsNode,
        enableCookieEncryption: FuseV1Options.EnableCookieEncryption,
        enableNodeOptionsEnvironmentVariable: FuseV1Options.EnableNodeOptionsEnvironmentVariable,
        enableNodeCliInspectArguments: FuseV1Options.EnableNodeCliInspectArguments,
        enableEmbeddedAsarIntegrityValidation: FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
        onlyLoadAppFromAsar: FuseV1Options.OnlyLoadAppFromAsar,
        loadBrowserProcessSpecificV8Snapshot: FuseV1Options.LoadBrowserProcessSpecificV8Snapshot,
        grantFileProtocolExtraPrivileges: FuseV1Options.GrantFileProtocolExtraPrivileges,
      };
      const set = Object.entries(byOption).map(([name, option]) => [name, wire[option]]);
      expect(Object.fromEntries(set)).toEqual({
        runAsNode: off,
        enableCookieEncryption: on,
        enableNodeOptionsEnvironmentVariable: off,
        enableNodeCliInspectArguments: off,
        enableEmbeddedAsarIntegrityValidation: on,
        onlyLoadAppFromAsar: on,
        loadBrowserProcessSpecificV8Snapshot: off,
        grantFileProtocolExtraPrivileges: off,
      });
    });

    test('holds what was built, the packages it runs on, and nothing else', () => {
      const folders = new Set(inside.map((path) => path.split('/')[0]));
      expect([...folders].sort()).toEqual(['LICENSE', 'dist', 'node_modules', 'package.json']);
      const built = inside.filter((path) => path.startsWith('dist/')).map((path) => path.split('/')[1]);
      expect([...new Set(built)].sort()).toEqual(['electron', 'native-models', 'renderer']);

      const installed = inside.filter((path) =>
        /^node_modules\/(@[^/]+\/)?[^@/]+\/package\.json$/.test(path),
      );
      const needed = shippedPackages(join(root, 'package-lock.json'), [], thisTarget)
        .filter(({ usedIn }) => usedIn === 'program')
        .map(({ place }) => `${place}/package.json`);
      expect(installed.sort()).toEqual(needed.sort());
    });

    test('holds no source, no source map, nothing to compile with and nothing for other computers', () => {
      const stray = inside.filter((path) => /\.(ts|svelte|map|cc?|cpp|h|hpp|gyp|pdb|md)$/.test(path));
      expect(stray).toEqual([]);
      const natives = inside.filter((path) => /\.(node|dll|dylib|so)(\.|$)/.test(path));
      expect(natives.filter((path) => !path.includes(`${platform}-${arch}`))).toEqual([
        `node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}/libonnxruntime.so.1`,
        `node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}/onnxruntime_binding.node`,
      ]);
      expect(filesUnder(`${archive}.unpacked`).sort()).toEqual(natives.sort());
    });

    test('names no folder of the computer it was made on', () => {
      const own = [root, homedir()].filter((path) => path.length > 5).map((path) => Buffer.from(path));
      const telling = inside.filter((path) => {
        const bytes = readFileSync(join(extracted, path));
        return own.some((name) => bytes.includes(name));
      });
      expect(telling).toEqual([]);
    });

    test('is no larger than what it holds needs', () => {
      const bytes = filesUnder(unpacked).reduce((sum, file) => sum + statSync(join(unpacked, file)).size, 0);
      // Electron itself comes on top; onnxruntime (46 MB) and libvips (18 MB) are most of it.
      expect(bytes / 1e6).toBeGreaterThan(50);
      expect(bytes / 1e6).toBeLessThan(100);
    });

    test('brings the licence of everything in it, all of them allowed, and a bill of materials that agrees', () => {
      const page = join(extracted, 'dist', 'renderer', 'licences.json');
      const list = JSON.parse(readFileSync(page, 'utf8')) as LicenceEntry[];
      expect(list.filter(({ name, licence }) => !isAllowed(name, licence))).toEqual([]);
      expect(list.filter(({ text }) => text.length < 400)).toEqual([]);
      expect(list.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['svelte', 'chart.js', 'electron', 'ws']),
      );

      const papers = join(unpacked, 'resources', 'licences');
      const text = readFileSync(join(papers, 'LICENCES.txt'), 'utf8');
      for (const { name, version } of list) expect(text).toContain(`${name} ${version}\n`);
      const { components } = JSON.parse(readFileSync(join(papers, 'sbom.cdx.json'), 'utf8')) as Sbom;
      const listed = components.map(
        ({ group, name, version }) => [group, name].filter(Boolean).join('/') + version,
      );
      expect(listed.sort()).toEqual(list.map(({ name, version }) => name + version).sort());
    });

    test('its core starts under Node and judges parts', async () => {
      const main = join(extracted, 'dist', 'electron', 'cli', 'main.js');
      const dataDir = join(folder.path, 'data');
      const program = await startProgram([main, 'serve', '--json', '--data-dir', dataDir]);
      const page = await openSocket(program.url, await signIn(program.url));
      await page.next('parts.judged');
      const snapshot = await page.call('station.snapshot', {});
      expect(snapshot.counters.parts).toBeGreaterThan(0);
      expect(snapshot.engine.error).toBeUndefined();
      expect(await program.end('SIGTERM')).toBe(0);
    }, 300_000);

    test('for a system whose binaries are not installed it says which, and makes none', async () => {
      const foreign = arch === 'x64' ? 'arm64' : 'x64';
      const output = join(folder.path, 'foreign');
      const electron = join(folder.path, 'electron');
      const failure = await packages(output, '--arch', foreign, '--electron', electron).catch(
        (thrown: Error) => thrown,
      );
      expect(String(failure)).toContain(`@img/sharp-linux-${foreign}`);
      expect(String(failure)).toContain(`npm ci --os=linux --cpu=${foreign}`);
    }, 300_000);
  },
);

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
