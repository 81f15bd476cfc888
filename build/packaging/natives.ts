import { existsSync } from 'node:fs';
import { join } from 'node:path';

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
