import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { asDiskError, writeDurably } from '../platform/durableFile.ts';
import type { SelectedSamples } from '../../native-models/selection/samples.ts';
import type { RobustSample } from '../../native-models/training/robust/robustSource.ts';
import type { TrainerState } from '../../native-models/training/trainerState.ts';
import { readRunFile } from './runFolder.ts';

/** A sample and the number it was chosen or left by; lower is taken first, `null` = it was not judged. */
const LoggedSample = z.object({
  file: z.string(),
  label: z.string(),
  /** A good part with a defect put on it. */
  isSynthetic: z.boolean(),
  /** What it counts; 0 = left out. */
  weight: z.number(),
  score: z.number().nullable(),
});
export type LoggedSample = z.infer<typeof LoggedSample>;

/** One selection. `samples`: every one there is, chosen or not; `null` = all of them train. */
const LoggedSelection = z.object({ epoch: z.number().int(), samples: z.array(LoggedSample).nullable() });
export type LoggedSelection = z.infer<typeof LoggedSelection>;

export interface SelectionLog {
  /** @param epoch from 0 */
  note(epoch: number, selected: SelectedSamples): Promise<void>;
  /** The selection that trains; `null` before the first. */
  latest(): LoggedSelection | null;
}

/**
 * Opens `selections.jsonl` in the folder of a fine-tuning: a line for each selection, written when it is made.
 * @param resumed where the training goes on: what was chosen after that is chosen again
 * @throws {KenroError} `diskFull`, `diskReadOnly`
 */
export async function openSelectionLog(
  folder: string,
  samples: readonly RobustSample[],
  resumed: Pick<TrainerState, 'epoch' | 'stepInEpoch'> | null,
): Promise<SelectionLog> {
  const path = join(folder, 'selections.jsonl');
  const lines = (await readRunFile(path))?.toString('utf8').split('\n') ?? [];
  const done = resumed ? resumed.epoch + (resumed.stepInEpoch > 0 ? 1 : 0) : 0;
  const kept = lines.flatMap((line) => parsed(line) ?? []).filter(({ epoch }) => epoch <= done);
  await writeDurably(path, kept.map((each) => `${JSON.stringify(each)}\n`).join(''));
  let latest = kept.at(-1) ?? null;
  return {
    latest: () => latest,
    async note(epoch, { indices, weights, scores }) {
      const weightOf = new Map(indices.map((index, at) => [index, weights[at]!]));
      const isAll = scores === null && indices.length === samples.length;
      latest = {
        epoch: epoch + 1,
        samples: isAll
          ? null
          : samples.map(({ image, isSynthetic }, index) => ({
              ...{ file: image.name, label: image.label, isSynthetic },
              weight: weightOf.get(index) ?? 0,
              score: scores?.[index] ?? null,
            })),
      };
      await appendFile(path, `${JSON.stringify(latest)}\n`).catch((thrown: unknown) => {
        throw asDiskError(thrown, path);
      });
    },
  };
}

/** `null` for what a kill in the middle of a line has left. */
function parsed(line: string): LoggedSelection | null {
  try {
    return LoggedSelection.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
