import { join } from 'node:path';
import { z } from 'zod';
import type { TrainingFacts } from '../contract/evaluation.ts';
import { Limits } from '../contract/verdict.ts';
import { readRunFile } from './runFolder.ts';

/** What is read of `result.json`; the rest is for others. */
const Result = z.object({
  sha256: z.string(),
  trainFlops: z.number(),
  seconds: z.number(),
  epochs: z.number().int(),
  parameters: z.number().int(),
  layers: z.array(z.string()).optional(),
  thresholds: Limits.nullable().optional(),
});
const Plan = z.object({ total: z.object({ wholeFlops: z.number() }) });

/**
 * What the training in a run folder took.
 * @param sha256 of the model asked about
 * @returns null where the folder holds no result, or that of another model
 */
export async function trainingFacts(folder: string, sha256: string): Promise<TrainingFacts | null> {
  const read = async (name: string) => {
    const bytes = await readRunFile(join(folder, name));
    return bytes && parsed(bytes.toString('utf8'));
  };
  const result = Result.safeParse(await read('result.json'));
  if (!result.success || result.data.sha256 !== sha256) return null;
  const plan = Plan.safeParse(await read('plan.json'));
  const { trainFlops, seconds, epochs, parameters, layers, thresholds } = result.data;
  return {
    ...{ flops: trainFlops, seconds, epochs, parameters },
    layers: layers ?? null,
    thresholds: thresholds ?? null,
    wholeFlops: plan.success ? plan.data.total.wholeFlops : null,
  };
}

/** A file of that name that is no JSON is not of a run. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
