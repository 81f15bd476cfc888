import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** A computer that a package is made for, in Node's words. */
export interface Target {
  /** `linux`, `win32`, `darwin`. */
  readonly platform: string;
  /** `x64`, `arm64`. */
  readonly arch: string;
}

export const thisTarget: Target = { platform: process.platform, arch: process.arch };

/** Binaries without which an installed Kenro cannot judge a part, relative to the project. */
export function neededNatives({ platform, arch }: Target): string[] {
  const image = `node_modules/@img/sharp-${platform}-${arch}`;
  return [
    `node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}/onnxruntime_binding.node`,
    `node_modules/better-sqlite3/prebuilds/${platform}-${arch}.node`,
    image,
    // On Windows libvips lies in the package itself.
    ...(platform === 'win32' ? [] : [`node_modules/@img/sharp-libvips-${platform}-${arch}`]),
  ];
}

/**
 * A package that lacks a binary would only fail at the customer's.
 * @param projectDir with `node_modules`
 * @throws Error that names what is missing and how to get it
 */
export function checkNatives(projectDir: string, target: Target): void {
  const missing = neededNatives(target).filter((path) => !existsSync(join(projectDir, path)));
  if (missing.length === 0) return;
  const { platform, arch } = target;
  throw new Error(
    `Kenro for ${platform} ${arch} needs binaries that are not installed: ${missing.join(', ')}. ` +
      `Run "npm ci --os=${platform} --cpu=${arch}", or package on such a computer.`,
  );
}

/**
 * @param unpacked folder of a package with all that the system's linker loads
 * @throws Error that names binaries in it that are for another computer, or that are missing
 */
export function checkPacked(unpacked: string, target: Target): void {
  const { platform, arch } = target;
  const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(unpacked, join(entry.parentPath, entry.name)).split(sep).join('/'));
  const own = [`${platform}-${arch}/`, `${platform}-${arch}.node`, `/${platform}/${arch}/`];
  const foreign = files.filter((file) => !own.some((part) => file.includes(part)));
  const missing = neededNatives(target).filter((path) => !files.some((file) => file.startsWith(path)));
  if (foreign.length + missing.length === 0) return;
  const told = [...foreign.map((file) => `foreign: ${file}`), ...missing.map((path) => `missing: ${path}`)];
  throw new Error(`The package for ${platform} ${arch} has the wrong binaries. ${told.join(', ')}`);
}
