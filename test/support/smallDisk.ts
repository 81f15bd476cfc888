import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own of `megabytes`, or `null` where this user may not mount one. */
export function mountSmallDisk(megabytes: number): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'kenro-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmdirSync(folder);
    return null;
  }
}

export function unmountSmallDisk(folder: string): void {
  // Lazily, so that a failed test that left a file open does not leave the disk behind as well.
  execFileSync('umount', ['-l', folder]);
  rmdirSync(folder);
}

/** Whether this user may mount one. */
export function canMountSmallDisk(): boolean {
  const probe = mountSmallDisk(1);
  if (probe !== null) unmountSmallDisk(probe);
  return probe !== null;
}
