import { basename, extname, join } from 'node:path';
import { disturbanceNames } from '../../contract/disturbances.ts';
import { engineFlags, oneOf } from '../arguments.ts';
import { UsageError, type Command } from '../command.ts';
import { imagesOf } from '../images.ts';
import { folderToWrite } from '../outputs.ts';
import { withEngine } from '../withEngine.ts';

const severities = [1, 2, 3, 4, 5] as const;

export const corrupt: Command = {
  name: 'corrupt',
  summary: 'Writes disturbed copies of images, as PNG.',
  usage: 'IMAGE... --name NAME --severity 1..5 --out DIR',
  details: [
    'IMAGE is an image or a folder of images. Same image, name, severity and seed give the same copy.',
    'An unknown NAME is answered with the list of those there are.',
  ],
  flags: {
    name: { type: 'string', value: 'NAME', help: 'the disturbance, e.g. gaussian-noise', required: true },
    severity: { type: 'string', value: 'N', help: '1 (barely seen) to 5 (severe)', required: true },
    out: { type: 'string', value: 'DIR', help: 'folder for the copies', required: true },
    ...engineFlags,
  },
  run: async (given, { terminal, signal }) => {
    if (given.positionals.length === 0) throw new UsageError('no image was given');
    const name = oneOf('name', given.text('name') as string, disturbanceNames);
    const severity = severities[given.integer('severity', 1, 1, 5) - 1]!;
    const seed = given.integer('seed', 0, 0, 0xffff_ffff);
    const folder = await folderToWrite('out', given.text('out') as string);
    const files = await imagesOf(given);
    const copies = namesOfCopies(files, `${name}-${severity}`);
    await withEngine(given, async (engine) => {
      for (const [at, file] of files.entries()) {
        const out = join(folder, copies[at]!);
        await engine.call('corrupt', { path: file, name, severity, seed, out }, { signal });
        terminal.result({ file, name, severity, out }, [out]);
        terminal.progress({ stage: 'corrupt', done: at + 1, total: files.length });
      }
    });
  },
};

/** @throws {UsageError} when two copies would have one name */
function namesOfCopies(files: readonly string[], suffix: string): string[] {
  const owners = new Map<string, string>();
  for (const file of files) {
    const copy = `${basename(file, extname(file))}.${suffix}.png`;
    const other = owners.get(copy);
    if (other !== undefined) throw new UsageError(`${other} and ${file} would both become ${copy}`);
    owners.set(copy, file);
  }
  return [...owners.keys()];
}
