import { suspectsShown, type ScreenJob, type Screening, type SuspectReason } from '../contract/screening.ts';
import type { EngineClient } from '../engine/client.ts';
import type { Context, Flags, Given } from './command.ts';
import { UsageError } from './command.ts';
import { messageFor } from './messages.ts';
import { table } from './terminal.ts';

/** Flags of the commands that can screen what they train on. */
export const screenFlags: Flags = {
  screen: { type: 'boolean', help: 'look for mislabelled, tampered or foreign images first, and name them' },
  'drop-suspects': { type: 'boolean', help: 'with --screen: leave them out; the files stay' },
};

/** Named one by one without `--json`. */
const listed = 20;

interface Named {
  readonly path: string;
  readonly label: string;
  readonly group: string | null;
}

/**
 * Screens the images of a training where that is asked for.
 * @returns those to train on
 * @throws {UsageError} where suspects are to be left out of a training that is not screened
 */
export async function screened<Sample extends Named>(
  engine: EngineClient,
  { model, preprocess }: Pick<ScreenJob, 'model' | 'preprocess'>,
  samples: readonly Sample[],
  given: Given,
  { terminal, signal }: Context,
): Promise<readonly Sample[]> {
  if (!given.has('screen')) {
    if (given.has('drop-suspects')) throw new UsageError('--drop-suspects goes with --screen');
    return samples;
  }
  const images = samples.map(({ path, label, group }) => ({ path, label, group }));
  const seed = given.integer('seed', 0, 0, 0xffff_ffff);
  const job = { model, preprocess, features: null, images, seed };
  const found = await engine.call('screen', job, { signal, onProgress: terminal.progress });
  for (const { file, error } of found.skipped) terminal.note(`left out ${file}: ${messageFor(error)}`);
  const isDropping = given.has('drop-suspects');
  terminal.result({ screening: { ...found, dropped: isDropping } }, linesOf(found, isDropping));
  if (!isDropping) return samples;
  const suspect = new Set(found.suspects.map(({ path }) => path));
  return samples.filter(({ path }) => !suspect.has(path));
}

function linesOf(found: Screening, isDropping: boolean): string[] {
  const { suspects, suspectCount, images, separation, isWeak, tooFew } = found;
  return [
    `${suspectCount} of ${images} images are suspect${suspectCount === 0 ? '' : isDropping ? ' and left out' : ' and trained on'}`,
    ...table(
      suspects
        .slice(0, listed)
        .map(({ path, label, reasons }) => [path, label, reasons.map(words).join('; ')]),
    ),
    ...(suspectCount > listed
      ? [`${suspectCount - listed} more (all with --json, at most ${suspectsShown})`]
      : []),
    ...(isWeak
      ? [`caution: these features tell the classes apart in only ${percent(separation ?? 0)} of the cases`]
      : []),
    ...(tooFew.length > 0 ? [`too few images to check the labels of: ${tooFew.join(', ')}`] : []),
    '',
  ];
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

function words({ check, figure, looksLike, members }: SuspectReason): string {
  switch (check) {
    case 'neighbours':
      return `${percent(figure)} of similar images are ${looksLike}`;
    case 'outOfFold':
      return `unseen, it is taken for ${looksLike} (${percent(figure)})`;
    case 'signature':
      return `far out in its class (${figure.toFixed(1)} deviations)`;
    case 'cluster':
      return `one of ${members} apart, ${percent(figure)} like other classes`;
    case 'alone':
      return `shows what no other shows (${figure.toFixed(1)} deviations)`;
  }
}
