import { resolve } from 'node:path';
import { unjudged, type EngineRequest, type JudgeReply } from '../../contract/engine.ts';
import { KenroError } from '../../contract/errors.ts';
import { thresholdsFor, type Thresholds } from '../../contract/verdict.ts';
import type { EngineClient } from '../../engine/client.ts';
import { engineFlags } from '../arguments.ts';
import { UsageError } from '../command.ts';
import type { Command, Context, Given } from '../command.ts';
import { imagesOf } from '../images.ts';
import { messageFor } from '../messages.ts';
import { withEngine } from '../withEngine.ts';

export const inspect: Command = {
  name: 'inspect',
  summary: 'Judges images, one line each, in the order given.',
  usage: 'PATH... --model FILE',
  details: [
    'PATH is an image or a folder of images. An image that cannot be judged is a REVIEW with its reason.',
  ],
  flags: {
    model: { type: 'string', value: 'FILE', help: 'the detector', required: true },
    threshold: { type: 'string', value: 'X', help: 'NG from this score on (default: as taught)' },
    'review-threshold': {
      type: 'string',
      value: 'X',
      help: 'REVIEW from this score on (default: as taught)',
    },
    ...engineFlags,
  },
  run: async (given, context) => {
    if (given.positionals.length === 0) throw new UsageError('no image was given');
    const files = await imagesOf(given);
    await withEngine(given, async (engine) => {
      const model = await openModel(engine, given);
      await judgeAll(engine, model, files, context);
    });
  },
};

async function openModel(
  engine: EngineClient,
  given: Given,
): Promise<NonNullable<EngineRequest<'judge'>['model']>> {
  const path = resolve(given.text('model') as string);
  const { card, sha256 } = await engine.call('card', { path });
  const thresholds = chooseThresholds(given, card?.thresholds ?? null);
  await engine.call('load', { path, sha256 });
  const byLabel =
    given.has('threshold') || given.has('review-threshold') ? undefined : card?.thresholdsByLabel;
  return { path, sha256, thresholds, ...(byLabel ? { thresholdsByLabel: byLabel } : {}) };
}

function chooseThresholds(given: Given, taught: Thresholds | null): Thresholds {
  const ng = given.number('threshold') ?? taught?.ng;
  const review = given.number('review-threshold') ?? (given.has('threshold') ? ng : taught?.review);
  if (ng === undefined || review === undefined) {
    throw new UsageError('this model carries no threshold; give one with --threshold');
  }
  if (review > ng) throw new UsageError(`the review threshold ${review} exceeds the threshold ${ng}`);
  return { review, ng };
}

async function judgeAll(
  engine: EngineClient,
  model: NonNullable<EngineRequest<'judge'>['model']>,
  files: readonly string[],
  { terminal, signal }: Context,
): Promise<void> {
  const judge = (path: string) => {
    const request = { key: path, image: { from: 'file', path }, model, keep: 'notOk' } as const;
    return engine.call('judge', request, { signal }).catch(lostPart);
  };
  const replies: Promise<JudgeReply>[] = [];
  for (const [at, file] of files.entries()) {
    for (let next = replies.length; next < Math.min(files.length, at + engine.busyWith); next++) {
      const reply = judge(files[next] as string);
      reply.catch(() => undefined); // Awaited in its turn.
      replies.push(reply);
    }
    const reply = await (replies[at] as Promise<JudgeReply>);
    terminal.result(recordOf(file, reply, thresholdsFor(model, reply.label)), [lineOf(file, reply)]);
    terminal.progress({ stage: 'inspect', done: at + 1, total: files.length });
  }
}

/** A part that the engine dies of is a part that could not be judged. */
function lostPart(thrown: unknown): JudgeReply {
  if (!(thrown instanceof KenroError) || thrown.kind === 'cancelled') throw thrown;
  return unjudged({ kind: thrown.kind, params: thrown.params });
}

function recordOf(file: string, reply: JudgeReply, thresholds: Thresholds): Record<string, unknown> {
  return {
    file,
    verdict: reply.verdict,
    score: reply.score,
    threshold: thresholds.ng,
    reviewThreshold: thresholds.review,
    ...(reply.label === null || reply.verdict === 'OK' ? {} : { label: reply.label }),
    ...(reply.error === null ? {} : { reason: reply.error.kind, message: messageFor(reply.error) }),
    latencyMs: Math.round((reply.decodeMs + reply.inferMs) * 1000) / 1000,
  };
}

function lineOf(file: string, { verdict, score, label, error }: JudgeReply): string {
  const said = error ? messageFor(error) : verdict === 'OK' ? '' : (label ?? '');
  return `${verdict.padEnd(6)}  ${score === null ? '       -' : score.toFixed(4).padStart(8)}  ${file}  ${said}`.trimEnd();
}
