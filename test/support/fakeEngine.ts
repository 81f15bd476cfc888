import { createHash } from 'node:crypto';
import type { EngineState } from '../../electron/contract/domain.ts';
import type {
  EngineCallName,
  EngineReply,
  EngineRequest,
  JudgeReply,
} from '../../electron/contract/engine.ts';
import { KenroError } from '../../electron/contract/errors.ts';
import { decide } from '../../electron/contract/verdict.ts';
import type { CallOptions, EngineClient } from '../../electron/engine/client.ts';

export type FakeHandlers = {
  [Name in EngineCallName]: (
    request: EngineRequest<Name>,
    options: CallOptions,
  ) => Promise<EngineReply<Name>> | EngineReply<Name>;
};

export interface FakeEngine extends EngineClient {
  /** Every call made, oldest first. */
  readonly calls: { name: EngineCallName; request: unknown }[];
  /** Replaces what a call answers from now on. */
  handle<Name extends EngineCallName>(name: Name, handler: FakeHandlers[Name]): void;
  /** Changes the state and tells the listener. */
  become(change: Partial<EngineState>): void;
}

/**
 * An engine in memory. `judge` scores a part by the hash of its key, uniform in [0, 1), so that verdicts
 * differ and repeat; every other call answers `notFound` until given a handler.
 */
export function fakeEngine(
  handlers: Partial<FakeHandlers> = {},
  onState: (state: EngineState) => void = () => undefined,
): FakeEngine {
  const table = new Map<string, FakeHandlers[EngineCallName]>(
    Object.entries({ ...answers, ...handlers }) as [string, FakeHandlers[EngineCallName]][],
  );
  const calls: FakeEngine['calls'] = [];
  let state: EngineState = { status: 'ready', provider: 'cpu', pid: 1, restarts: 0 };

  const become = (change: Partial<EngineState>) => {
    state = { ...state, ...change };
    onState(state);
  };

  return {
    calls,
    get state() {
      return state;
    },
    busyWith: 3,
    become,
    handle: (name, handler) => void table.set(name, handler as FakeHandlers[EngineCallName]),
    call: async (name, request, options = {}) => {
      calls.push({ name, request });
      await Promise.resolve();
      if (state.status === 'stopped' || options.signal?.aborted) throw new KenroError('cancelled');
      const handler = table.get(name) as FakeHandlers[typeof name] | undefined;
      if (!handler) throw new KenroError('notFound', { name });
      return handler(request, options);
    },
    stop: async () => become({ status: 'stopped', pid: null }),
  };
}

/** The score the fake engine gives a part, in [0, 1). */
export function fakeScore(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) / 2 ** 32;
}

function judge(request: EngineRequest<'judge'>): JudgeReply {
  const score = request.model ? fakeScore(request.key) : null;
  const verdict = request.model && score !== null ? decide(score, request.model.thresholds) : 'REVIEW';
  return {
    verdict,
    score,
    label: null,
    map:
      score === null
        ? null
        : { width: 2, height: 2, low: 0, high: 1, data: Buffer.from([0, 85, 170, 255]).toString('base64') },
    imageHash: createHash('sha256').update(`picture of ${request.key}`).digest('hex'),
    imageKept: request.keep === 'always' || verdict !== 'OK',
    width: 64,
    height: 48,
    decodeMs: 1,
    inferMs: 2,
    error: request.model ? null : { kind: 'noModel', params: {} },
  };
}

const answers: Partial<FakeHandlers> = {
  configure: () => ({ provider: 'cpu', pid: 1, atOnce: 1 }),
  load: () => ({ card: null, warmUpMs: 1 }),
  providers: () => ({ offered: ['cpu'], runtime: '1.30' }),
  compareParity: ({ parts }) => ({
    ...{ provider: 'cpu', runtime: '1.30', agrees: true, parts: parts.length },
    ...{ worst: 0, flips: 0, differing: [] },
  }),
  judge,
  picture: () => ({ jpeg: null }),
  ping: () => ({ rssBytes: 1 }),
};
