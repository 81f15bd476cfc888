import {
  questionKey,
  usualFormulations,
  type Formulations,
  type PosedQuestion,
} from '../autodiff/formulations.ts';
import type { Dim } from '../onnx/ir.ts';
import type { Random } from '../random.ts';
import { runtimeVersion, type SessionOptions } from '../runtime/session.ts';
import { channelBlock } from './stepSession.ts';
import { timeFormulations } from './timeFormulation.ts';

/** Machine → question → formulation. Plain data, to be kept as JSON. */
export type FormulationMemory = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Keeps the memory between runs, wherever the caller has room for it. */
export interface FormulationStore {
  /** What was saved last, `null` at first. What is not such a memory counts as nothing. */
  load(): Promise<unknown>;
  save(memory: FormulationMemory): Promise<void>;
}

export interface ChoiceOptions {
  readonly session: SessionOptions;
  /** Names the processor (or graphics card), so that another one is measured anew. */
  readonly processor: string;
  readonly store: FormulationStore;
  /** Sizes to measure at for symbolic dimensions, by symbol. */
  readonly sizes?: Readonly<Record<string, number>>;
  readonly random: Random;
  readonly nowMs: () => number;
  /** Called before each measurement. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Throws to stop between two measurements; what was measured by then is kept. */
  readonly checkpoint?: () => void;
}

/** Choices made before: repeats a run exactly, on whatever machine. */
export class RecordedFormulations implements Formulations {
  /** Question → formulation, as a run records them. */
  readonly choices: Readonly<Record<string, string>>;

  constructor(choices: Readonly<Record<string, string>>) {
    this.choices = choices;
  }

  choose(question: PosedQuestion): string {
    const choice = this.choices[questionKey(question)];
    return choice !== undefined && question.candidates.includes(choice) ? choice : question.usual;
  }
}

/**
 * Finds the fastest formulation for each gradient that `write` asks about: from memory, else by measuring it here
 * and remembering it. Provider, threads, version of onnxruntime and processor tell machines apart.
 * @param write writes the graph with the formulations it is given, e.g. `(f) => buildStepGraph(model, { formulations: f, … })`
 */
export async function chooseFormulations(
  write: (formulations: Formulations) => unknown,
  options: ChoiceOptions,
): Promise<RecordedFormulations> {
  const asked = questionsOf(write);
  const sized = new Map(
    [...asked].map(([key, question]) => [key, atSizes(question, options.sizes ?? {})] as const),
  );
  const { provider = 'cpu', threads = 0 } = options.session;
  const block = (await channelBlock(provider)) ?? 'no';
  const machine = `${provider}, ${threads} threads, onnxruntime ${runtimeVersion}, ${block} blocks, ${options.processor}`;
  const before = readMemory(await options.store.load());
  const remembered: Record<string, string> = { ...before[machine] };
  const all = new Map([...sized.values()].map((question) => [questionKey(question), question]));
  const open = [...all].filter(([key, { candidates }]) => !candidates.includes(remembered[key] ?? ''));
  try {
    for (const [done, [key, question]] of open.entries()) {
      options.checkpoint?.();
      options.onProgress?.(done, open.length);
      const times = await timeFormulations(question, options);
      const fastest = [...times].sort(([, a], [, b]) => a - b)[0];
      if (fastest) remembered[key] = fastest[0];
    }
  } finally {
    if (open.length > 0) await options.store.save({ ...before, [machine]: remembered });
  }
  return new RecordedFormulations(
    Object.fromEntries(
      [...sized].map(([key, question]) => [key, remembered[questionKey(question)] ?? question.usual]),
    ),
  );
}

function questionsOf(write: (formulations: Formulations) => unknown): ReadonlyMap<string, PosedQuestion> {
  const asked = new Map<string, PosedQuestion>();
  write({
    choose(question) {
      asked.set(questionKey(question), question);
      return usualFormulations.choose(question);
    },
  });
  return asked;
}

function atSizes(question: PosedQuestion, sizes: Readonly<Record<string, number>>): PosedQuestion {
  const sizeOf = (dim: Dim) => (typeof dim === 'string' ? (sizes[dim] ?? dim) : dim);
  const inputs = question.inputs.map(
    (input) => input && { ...input, shape: input.shape?.map(sizeOf) ?? null },
  );
  return { ...question, inputs };
}

function readMemory(saved: unknown): FormulationMemory {
  if (!isRecord(saved)) return {};
  const machines = Object.entries(saved).filter(
    ([, choices]) => isRecord(choices) && Object.values(choices).every((each) => typeof each === 'string'),
  );
  return Object.fromEntries(machines) as FormulationMemory;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
