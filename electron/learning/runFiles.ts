import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FilePath, Model } from '../contract/domain.ts';
import { FineTuneJob } from '../contract/engine.ts';
import { KenroError } from '../contract/errors.ts';
import { ScreenJob } from '../contract/screening.ts';
import { errorCode } from '../platform/durableFile.ts';

/** What a run goes on with: model, images and settings as they were when it was begun. */
export const Begun = z.object({
  model: Model,
  job: FineTuneJob,
  /** Of all parts, before any was left out; absent in a run of a version that did not screen. */
  screen: ScreenJob.optional(),
});
export type Begun = z.infer<typeof Begun>;

/** What is read of `verdicts.json`: a part of the test side, and what it is. */
const TestSide = z.array(z.object({ file: FilePath, label: z.string() })).min(1);

/** Name of the file in a run's folder that says what the run was begun with. */
export const begunFile = 'job.json';

/** @throws {KenroError} `runFileUnreadable` naming the file */
export function readBegun(folder: string): Promise<Begun> {
  return readRunFile(join(folder, begunFile), Begun);
}

/**
 * The images that a run was tested on, in its order; those that it could not read are not among them.
 * @throws {KenroError} `runFileUnreadable` naming the file
 */
export async function readTestSide(folder: string): Promise<{ path: string; label: string }[]> {
  const parts = await readRunFile(join(folder, 'verdicts.json'), TestSide);
  return parts.map(({ file, label }) => ({ path: file, label }));
}

async function readRunFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new KenroError('runFileUnreadable', { path, ...reasonOf(cause) }, { cause });
  }
}

/** The first thing that is not as it was written, as far as it can be said in a few words. */
function reasonOf(thrown: unknown): { reason?: string } {
  const code = errorCode(thrown);
  if (code !== undefined) return { reason: code };
  if (!(thrown instanceof z.ZodError)) return { reason: 'JSON' };
  const place = thrown.issues[0]!.path.join('.');
  return place === '' ? {} : { reason: place };
}
