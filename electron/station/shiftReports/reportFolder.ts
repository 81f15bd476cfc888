import { join } from 'node:path';
import { KenroError } from '../../contract/errors.ts';
import type { ShiftFormat } from '../../contract/shiftReports.ts';
import { errorCode, writeDurably } from '../../platform/durableFile.ts';
import { assertReadable } from '../listFolder.ts';

/**
 * Writes one report into a folder, in each of some formats.
 * @returns the names of its files
 * @throws {KenroError} `reportNotWritten` naming the folder; as `render`
 */
export async function writeInFormats(
  folder: string,
  name: string,
  formats: readonly ShiftFormat[],
  render: (format: ShiftFormat) => Promise<string | Uint8Array>,
): Promise<string[]> {
  await assertThere(folder);
  const files: string[] = [];
  for (const format of formats) {
    const file = `${name}.${format}`;
    const content = await render(format);
    await writeDurably(join(folder, file), content).catch((thrown: unknown) => {
      throw asFolderFailure(thrown, folder);
    });
    files.push(file);
  }
  return files;
}

/** A folder that is gone, e.g. a share of the network, must not be made anew on this computer's own disk. */
async function assertThere(folder: string): Promise<void> {
  await assertReadable(folder).catch((thrown: unknown) => {
    throw asFolderFailure(thrown, folder);
  });
}

function asFolderFailure(thrown: unknown, path: string): unknown {
  const isExpected = thrown instanceof KenroError || errorCode(thrown) !== undefined;
  return isExpected ? new KenroError('reportNotWritten', { path }, { cause: thrown }) : thrown;
}

/** Date and time, by this computer, as it stands in names of files: 2026-11-27-0800. */
export function stampOf(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}`;
}
