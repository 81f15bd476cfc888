import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KenroError } from '../contract/errors.ts';
import { errorCode, writeDurably } from '../platform/durableFile.ts';
import { ModelError } from '../../native-models/errors.ts';
import {
  readTrainerState,
  writeTrainerState,
  type EpochMetrics,
  type TrainerState,
} from '../../native-models/training/trainerState.ts';

/** What a training was begun with: it is resumed with the same, or not at all. JSON-serialisable. */
export type RunFacts = Readonly<Record<string, unknown>>;

/**
 * The folder of one training: `settings.json`, `formulations.json` (how its gradients are written), `metrics.jsonl` (a
 * line an epoch), `checkpoint.safetensors`, and in the end `model.onnx`, `patch.safetensors` and `result.json`. Each file is written beside its place, flushed and renamed,
 * so that a kill or a full disk leaves the one before.
 */
export interface RunFolder {
  readonly modelPath: string;
  readonly patchPath: string;
  /** Where it was left; `null` at the beginning. */
  readonly resumed: { readonly state: TrainerState; readonly seconds: number } | null;
  /** Of its gradients, as question → answer; `null` before they are chosen. */
  readonly formulations: Readonly<Record<string, string>> | null;
  saveFormulations(choices: Readonly<Record<string, string>>): Promise<void>;
  /** @param seconds spent so far */
  saveCheckpoint(state: TrainerState, seconds: number): Promise<void>;
  /** Keeps what explains the training, as JSON. */
  saveNotes(name: string, notes: unknown): Promise<void>;
  saveResult(model: Uint8Array, patch: Uint8Array, result: RunFacts): Promise<void>;
}

/**
 * A training is neither begun over another nor resumed where there is none.
 * @throws {KenroError} `runExists`, `notFound`
 */
export async function checkRunFolder(path: string, resume: boolean): Promise<void> {
  const known = await readRunFile(join(path, 'settings.json'));
  if (known && !resume) throw new KenroError('runExists', { path });
  if (!known && resume) throw new KenroError('notFound', { what: 'training', path });
}

/**
 * Opens the folder of a training, to begin it or to go on with it.
 * @throws {KenroError} `runMismatch` naming the first fact that differs from those it was begun with;
 *   `checkpointUnreadable`; `diskFull`, `diskReadOnly`
 */
export async function openRunFolder(path: string, facts: RunFacts): Promise<RunFolder> {
  const file = (name: string) => join(path, name);
  const known = await readRunFile(file('settings.json'));
  if (known) checkSame(path, JSON.parse(known.toString('utf8')) as RunFacts, facts);
  else await writeDurably(file('settings.json'), JSON.stringify(facts, null, 2));
  await removeDrafts(path);
  const checkpoint = await readRunFile(file('checkpoint.safetensors'));
  const formulations = await readRunFile(file('formulations.json'));
  return {
    modelPath: file('model.onnx'),
    patchPath: file('patch.safetensors'),
    resumed: checkpoint && readCheckpoint(checkpoint, file('checkpoint.safetensors')),
    formulations: formulations && readChoices(formulations, file('formulations.json')),
    saveFormulations: (choices) => writeDurably(file('formulations.json'), JSON.stringify(choices, null, 2)),
    async saveCheckpoint(state, seconds) {
      await writeDurably(
        file('checkpoint.safetensors'),
        writeTrainerState(state, { seconds: String(seconds) }),
      );
      await writeDurably(file('metrics.jsonl'), linesOf(state.history));
    },
    saveNotes: (name, notes) => writeDurably(file(name), JSON.stringify(notes, null, 2)),
    async saveResult(model, patch, result) {
      await writeDurably(file('patch.safetensors'), patch);
      await writeDurably(file('model.onnx'), model);
      await writeDurably(file('result.json'), JSON.stringify(result, null, 2));
    },
  };
}

/** A file of a run; null where there is none. */
export async function readRunFile(path: string): Promise<Buffer | null> {
  return readFile(path).catch((thrown: unknown) => {
    if (errorCode(thrown) === 'ENOENT') return null;
    throw thrown;
  });
}

function checkSame(path: string, before: RunFacts, now: RunFacts): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const same = JSON.stringify(before[key]) === JSON.stringify(now[key]);
    if (!same) throw new KenroError('runMismatch', { path, what: key });
  }
}

/** What a kill in the middle of writing has left behind. */
async function removeDrafts(path: string): Promise<void> {
  const drafts = (await readdir(path)).filter((name) => name.endsWith('.tmp'));
  for (const name of drafts) await rm(join(path, name), { force: true });
}

function readCheckpoint(bytes: Uint8Array, path: string): RunFolder['resumed'] {
  try {
    const { state, about } = readTrainerState(bytes);
    return { state, seconds: Number(about['seconds'] ?? 0) };
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    throw new KenroError('checkpointUnreadable', { path }, { cause });
  }
}

function readChoices(bytes: Buffer, path: string): RunFolder['formulations'] {
  try {
    return JSON.parse(bytes.toString('utf8')) as Record<string, string>;
  } catch (cause) {
    throw new KenroError('checkpointUnreadable', { path }, { cause });
  }
}

function linesOf(history: readonly EpochMetrics[]): string {
  return history.map((metrics) => `${JSON.stringify(metrics)}\n`).join('');
}
