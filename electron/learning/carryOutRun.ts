import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { comparisonSettings, type Comparison, type ComparisonKind } from '../contract/comparisons.ts';
import type { FineTuneJob, FineTunePlan, FineTuneReply } from '../contract/engine.ts';
import { KenroError, toErrorInfo } from '../contract/errors.ts';
import type { ScreenJob, Screening } from '../contract/screening.ts';
import type { EngineClient } from '../engine/client.ts';
import type { Advance } from './jobs.ts';
import type { RunFollower } from './runFollower.ts';

export interface RunUnderWay {
  readonly client: EngineClient;
  readonly job: FineTuneJob;
  /** Of all parts, before any is left out. */
  readonly screen: ScreenJob | undefined;
  /** Told once, before anything is trained. */
  readonly onScreened: (screening: Screening) => void;
  /** Folder of the run; each comparison has one of its own in it. */
  readonly folder: string;
  /** Where this computer keeps which formulations of gradients are its fastest. */
  readonly formulations: string;
  readonly follower: RunFollower;
  readonly advance: Advance;
  readonly signal: AbortSignal;
  /** Ends the comparison under way, and only that. */
  readonly comparing: Map<ComparisonKind, AbortController>;
}

/**
 * Plans and trains, and then trains what it is compared with; what an earlier stretch has finished is not done again.
 * A comparison that fails or is left out does not take the run with it.
 * @throws {KenroError} `cancelled`, and what the engine throws
 */
export async function carryOutRun(under: RunUnderWay): Promise<void> {
  const { follower } = under;
  const plan = follower.run.plan && follower.run.result ? follower.run.plan : await trainItself(under);
  for (const { kind } of follower.run.comparisons) {
    const { state } = follower.run.comparisons.find((each) => each.kind === kind)!;
    if (state !== 'done' && state !== 'cancelled') await compare(under, kind, plan);
  }
}

async function trainItself(under: RunUnderWay): Promise<FineTunePlan> {
  const { client, job, folder, formulations, follower, advance, signal } = under;
  if (under.screen && follower.run.screening === null) {
    const screening = await client.call('screen', under.screen, { signal, onProgress: follower.runProgress });
    follower.change({ screening });
    under.onScreened(screening);
  }
  const plan = await client.call('planFineTune', job, { signal, onProgress: follower.runProgress });
  follower.change({ plan });
  advance({ skipped: plan.skipped });
  const call = { ...job, out: folder, formulations, resume: await isBegun(folder) };
  const result = await client.call('fineTune', call, { signal, onProgress: follower.runProgress });
  follower.change({ result });
  return plan;
}

async function compare(under: RunUnderWay, kind: ComparisonKind, plan: FineTunePlan): Promise<void> {
  const { follower, signal, comparing } = under;
  const abort = new AbortController();
  comparing.set(kind, abort);
  follower.changeComparison(kind, { state: 'running' });
  try {
    const result = await trainComparison(under, kind, plan, AbortSignal.any([signal, abort.signal]));
    follower.changeComparison(kind, { state: 'done', result });
  } catch (thrown) {
    follower.changeComparison(kind, endingOf(thrown, abort.signal.aborted));
    if (!(thrown instanceof KenroError) || signal.aborted) throw thrown;
  } finally {
    comparing.delete(kind);
  }
}

async function trainComparison(
  { client, job, folder, formulations, follower }: RunUnderWay,
  kind: ComparisonKind,
  plan: FineTunePlan,
  signal: AbortSignal,
): Promise<FineTuneReply> {
  const out = join(folder, kind);
  const settings = comparisonSettings(kind, job.settings, plan);
  const call = { ...job, settings, out, formulations, resume: await isBegun(out) };
  return client.call('fineTune', call, { signal, onProgress: follower.comparisonProgress });
}

function endingOf(thrown: unknown, isLeftOut: boolean): Partial<Comparison> {
  if (isLeftOut) return { state: 'cancelled' };
  // With the run it was cancelled with, it goes on.
  if (thrown instanceof KenroError && thrown.kind === 'cancelled') return { state: 'waiting' };
  return { state: 'failed', error: toErrorInfo(thrown) };
}

async function isBegun(folder: string): Promise<boolean> {
  return (await stat(join(folder, 'settings.json')).catch(() => null)) !== null;
}
