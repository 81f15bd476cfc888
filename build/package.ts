/** `npm run package`: installers for a system, in `packages/`. What follows `--` is said by `--help`. */
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Arch, build, Platform } from 'electron-builder';
import { packageConfig } from './electronBuilder.config.ts';
import { distFolder, root } from './folders.ts';
import { freshCore, freshPage } from './freshness.ts';
import { checkNatives, thisTarget, type Target } from './packaging/natives.ts';
import { writePapers } from './packaging/packagePapers.ts';

export const usage = `npm run package -- [--platform NAME] [--arch NAME] [--dir] [--output DIR] [--electron DIR] [--update-key FILE]

  --platform NAME    linux, win32 or darwin (this computer's otherwise); darwin only on a Mac
  --arch NAME        x64 or arm64 (this computer's otherwise)
  --dir              the unpacked program only, no installers
  --output DIR       folder for what is made (packages/ otherwise)
  --electron DIR     an unpacked distribution of Electron, where it cannot be fetched
  --update-key FILE  public key (PEM, Ed25519) whose updates the program accepts; none otherwise
  --help             this text`;

export interface PackageOptions extends Target {
  readonly dirOnly: boolean;
  readonly electronDist: string | null;
  readonly updateKey: string | null;
  /** Where it goes; `null` = `packages/`. */
  readonly output: string | null;
}

const platforms: Readonly<Record<string, Platform>> = {
  linux: Platform.LINUX,
  win32: Platform.WINDOWS,
  darwin: Platform.MAC,
};

/**
 * Reads the command line.
 * @returns `null` when only the usage is asked for
 * @throws Error with one line that says what is wrong
 */
export function readPackageOptions(args: readonly string[]): PackageOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      platform: { type: 'string', default: thisTarget.platform },
      arch: { type: 'string', default: thisTarget.arch },
      dir: { type: 'boolean', default: false },
      output: { type: 'string' },
      electron: { type: 'string' },
      'update-key': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const { platform, arch, output, electron, dir: dirOnly, 'update-key': updateKey } = values;
  if (!Object.hasOwn(platforms, platform))
    throw new Error(`--platform ${platform} is none of linux, win32, darwin.`);
  if (arch !== 'x64' && arch !== 'arm64') throw new Error(`--arch ${arch} is neither x64 nor arm64.`);
  for (const [flag, path] of [
    ['--electron', electron],
    ['--update-key', updateKey],
  ] as const) {
    if (path !== undefined && !existsSync(path)) throw new Error(`${flag} ${path} is not there.`);
  }
  return {
    platform,
    arch,
    dirOnly,
    output: output ?? null,
    electronDist: electron ?? null,
    updateKey: updateKey ?? null,
  };
}

/**
 * @returns the files made
 * @throws Error when binaries for the target are not installed
 */
export async function makePackage(options: PackageOptions): Promise<string[]> {
  const { platform, arch, dirOnly, electronDist, updateKey, output } = options;
  checkNatives(root, options);
  await freshPage(console.log);
  await freshCore(console.log);
  writePapers(options);
  const config = packageConfig(options);
  const key = join(distFolder, 'updateKey.pem');
  rmSync(key, { force: true });
  if (updateKey !== null) cpSync(updateKey, key);
  return build({
    projectDir: root,
    targets: platforms[platform]!.createTarget(dirOnly ? 'dir' : [], Arch[arch as keyof typeof Arch]),
    config: {
      ...config,
      ...(electronDist === null ? {} : { electronDist }),
      ...(output === null ? {} : { directories: { ...config.directories, output } }),
    },
  });
}

if (process.argv[1] === import.meta.filename) {
  try {
    const options = readPackageOptions(process.argv.slice(2));
    if (options === null) console.log(usage);
    else {
      // What sources that are gone have left behind must not be delivered.
      if (!options.dirOnly) rmSync(distFolder, { recursive: true, force: true });
      for (const file of await makePackage(options)) console.log(file);
    }
  } catch (thrown) {
    console.error((thrown as Error).message);
    process.exitCode = 1;
  }
}
