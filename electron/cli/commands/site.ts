import { resolve } from 'node:path';
import type { SiteReply } from '../../contract/engine.ts';
import { KenroError } from '../../contract/errors.ts';
import { writeDurably } from '../../platform/durableFile.ts';
import { listImages } from '../../platform/imageFiles.ts';
import { engineFlags } from '../arguments.ts';
import type { Command, Context, Given } from '../command.ts';
import { limited } from '../labelledImages.ts';
import { messageFor } from '../messages.ts';
import { fileToWrite } from '../outputs.ts';
import { table } from '../terminal.ts';
import { withEngine } from '../withEngine.ts';

export const site: Command = {
  name: 'site',
  summary: 'Estimates which disturbances a line sees, and how often.',
  usage: '--good DIR [--out FILE]',
  details: [
    'DIR holds images of good parts; sorted by name they are in the order they were taken. What most of them',
    'have is taken for usual. Noise, blur and light are measured; of dirt, place, dead pixels and compression the',
    'images say nothing here: add their weights to FILE by hand, it is what --site of other commands takes.',
  ],
  flags: {
    good: { type: 'string', value: 'DIR', help: 'images of good parts', required: true },
    out: { type: 'string', value: 'FILE', help: 'where the profile is written, as JSON' },
    ...engineFlags,
  },
  run: async (given, context) => {
    const seed = given.integer('seed', 0, 0, 0xffff_ffff);
    const out = given.text('out');
    const file = out === undefined ? null : await fileToWrite('out', out);
    const images = await imagesOf(given);
    await withEngine(given, async (engine) => {
      const reply = await engine.call(
        'estimateSite',
        { images, seed },
        { signal: context.signal, onProgress: context.terminal.progress },
      );
      const { weights, measures } = reply;
      if (file !== null) await writeDurably(file, `${JSON.stringify({ weights, measures }, null, 2)}\n`);
      tell(reply, file, context);
    });
  },
};

/** In the order of their names, also those that `--limit` draws. */
async function imagesOf(given: Given): Promise<string[]> {
  const folder = resolve(given.text('good') as string);
  const files = await listImages(folder);
  if (files.length === 0) throw new KenroError('folderEmpty', { path: folder });
  const drawn = limited(
    files.map((path) => ({ path })),
    given,
  );
  return drawn.map(({ path }) => path).sort();
}

function tell(reply: SiteReply, file: string | null, { terminal }: Context): void {
  for (const { file: path, error } of reply.skipped) terminal.note(`left out ${path}: ${messageFor(error)}`);
  const { weights, measures, matches, images, skipped, seconds } = reply;
  terminal.result({ weights, measures, matches, images, skipped: skipped.length, file, seconds }, [
    ...table([
      ['condition', 'weight', 'images', 'measured', 'its level', 'unit'],
      ...matches.map(({ condition, weight, images: count, measure, level, measured }) => [
        condition,
        `${(100 * weight).toFixed(1)} %`,
        String(count),
        ...[measured, level].map(short),
        measure ?? '',
      ]),
    ]),
    '',
    ...table([
      ['measure', 'median', '5 %', '95 %', 'drift', 'unit'],
      ...measures.map(({ name, median, range, drift, unit }) => [
        name,
        ...[median, ...range].map(short),
        `${(100 * drift).toFixed(0)} %`,
        unit,
      ]),
    ]),
    ...(file === null ? [] : ['', file]),
  ]);
}

function short(value: number | null): string {
  if (value === null) return '';
  return Math.abs(value) < 1e-6 ? '0' : String(Number(value.toPrecision(3)));
}
