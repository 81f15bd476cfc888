import { engineCalls, HostMessage } from '../contract/engine.ts';
import type { EngineCallName, EngineCalls, EngineMessage, EngineProgress } from '../contract/engine.ts';
import { KenroError } from '../contract/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { output } from 'zod';
import { toFailure } from './failure.ts';
import type { HostPort } from './hostPort.ts';

const progressEveryMs = 100;

export interface CallContext {
  /** Aborted when the host has lost interest. */
  signal: AbortSignal;
  progress(progress: EngineProgress): void;
}

/** One handler a call of the contract: a missing one does not compile. */
export type EngineHandlers = {
  [Name in EngineCallName]: (
    request: output<EngineCalls[Name]['request']>,
    context: CallContext,
  ) => Promise<output<EngineCalls[Name]['reply']>> | output<EngineCalls[Name]['reply']>;
};

type AnyHandler = (request: unknown, context: CallContext) => unknown;

/** Answers the host's calls until the host is gone. */
export function serve(port: HostPort, handlers: EngineHandlers, clock: Clock): void {
  const table = new Map(Object.entries(handlers) as [EngineCallName, AnyHandler][]);
  const running = new Map<number, AbortController>();

  const answer = async (id: number, name: string, request: unknown): Promise<EngineMessage> => {
    const handler = table.get(name as EngineCallName);
    if (!handler) throw new KenroError('badRequest', { call: name });
    const { request: asked, reply: answered } = engineCalls[name as EngineCallName];
    const parsed = asked.safeParse(request);
    if (!parsed.success) throw new KenroError('badRequest', { call: name }, { cause: parsed.error });
    const abort = new AbortController();
    running.set(id, abort);
    try {
      const progress = throttled(clock, (value) => port.send({ type: 'progress', id, progress: value }));
      const reply = await handler(parsed.data, { signal: abort.signal, progress });
      return { type: 'reply', id, reply: answered.parse(reply) };
    } finally {
      running.delete(id);
    }
  };

  port.onMessage((raw) => {
    // What is no message has nobody who waits for an answer; the parts under way have.
    const message = HostMessage.safeParse(raw).data;
    if (message === undefined) return;
    if (message.type === 'cancel') return running.get(message.id)?.abort();
    const { id, name, request } = message;
    void answer(id, name, request)
      .catch((thrown: unknown): EngineMessage => ({ type: 'failure', id, error: toFailure(thrown) }))
      .then(port.send);
  });
}

/** Lets a stage's first and last report through, and one in between every tenth of a second. */
function throttled(
  clock: Clock,
  send: (progress: EngineProgress) => void,
): (progress: EngineProgress) => void {
  let stage = '';
  let sentMs = -Infinity;
  return (progress) => {
    const nowMs = clock.monotonicMs();
    const between = progress.stage === stage && progress.done < progress.total;
    if (between && nowMs - sentMs < progressEveryMs) return;
    stage = progress.stage;
    sentMs = nowMs;
    send(progress);
  };
}
