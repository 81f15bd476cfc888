import { describe, expect, it } from 'vitest';
import type { EngineMessage } from '../../../../electron/contract/engine.ts';
import { KenroError } from '../../../../electron/contract/errors.ts';
import { serve } from '../../../../electron/engine/serve.ts';
import type { EngineHandlers } from '../../../../electron/engine/serve.ts';
import { ModelError } from '../../../../native-models/errors.ts';

const hash = 'b'.repeat(64);

function engine(handlers: Partial<EngineHandlers> = {}) {
  const sent: EngineMessage[] = [];
  let deliver: (message: unknown) => void = () => undefined;
  let nowMs = 0;
  const missing = () => {
    throw new Error('not in this test');
  };
  const all: EngineHandlers = {
    configure: missing,
    load: missing,
    judge: missing,
    providers: missing,
    tryProvider: missing,
    compareParity: missing,
    picture: missing,
    convert: missing,
    noisyPicture: missing,
    conditionPicture: missing,
    corrupt: missing,
    teach: missing,
    teachClassifier: missing,
    importClassifier: missing,
    describeClassifier: missing,
    readLabels: missing,
    screen: missing,
    probe: missing,
    train: missing,
    planFineTune: missing,
    fineTune: missing,
    pauseTraining: missing,
    applyPatch: missing,
    verifyPatch: missing,
    removePatch: missing,
    evaluate: missing,
    compareCosts: missing,
    weighRecord: missing,
    weighRollout: missing,
    watchDrift: missing,
    lineRates: missing,
    payback: missing,
    compareLayers: missing,
    attack: missing,
    classNames: missing,
    certify: missing,
    repeatLooks: missing,
    certifiedAccuracy: missing,
    estimateSite: missing,
    describe: missing,
    card: missing,
    ping: () => ({ rssBytes: 5 }),
    ...handlers,
  };
  serve(
    {
      send: (message) => void sent.push(message),
      onMessage: (listener) => (deliver = listener),
      onClose: () => undefined,
    },
    all,
    { nowMs: () => nowMs, monotonicMs: () => nowMs },
  );
  return {
    sent,
    pass: (ms: number) => (nowMs += ms),
    say: async (message: unknown) => {
      deliver(message);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const call = (name: string, request: unknown, id = 7) => ({ type: 'call', id, name, request });

describe('serve', () => {
  it('answers under the number of the call', async () => {
    const { say, sent } = engine();
    await say(call('ping', {}));
    expect(sent).toEqual([{ type: 'reply', id: 7, reply: { rssBytes: 5 } }]);
  });

  it.each(['format', '__proto__', 'toString'])('refuses the unknown call %s', async (name) => {
    const { say, sent } = engine();
    await say(call(name, {}));
    expect(sent).toMatchObject([
      { type: 'failure', id: 7, error: { kind: 'badRequest', params: { call: name } } },
    ]);
  });

  it('refuses a request that breaks the contract before the handler sees it', async () => {
    const { say, sent } = engine();
    await say(call('load', { path: '', sha256: 'zz' }));
    expect(sent).toMatchObject([
      { type: 'failure', error: { kind: 'badRequest', params: { call: 'load' } } },
    ]);
  });

  it('does not let a reply out that breaks the contract', async () => {
    const { say, sent } = engine({ ping: () => ({ rssBytes: 'many' }) as never });
    await say(call('ping', {}));
    expect(sent).toMatchObject([{ type: 'failure', error: { kind: 'internal' } }]);
  });

  it('turns expected failures into their kinds and bugs into internal', async () => {
    const { say, sent } = engine({
      card: ({ path }) => {
        if (path === '/model') throw new ModelError('modelMissing', { file: path });
        if (path === '/kenro') throw new KenroError('diskFull', { path });
        throw new RangeError('bug');
      },
    });
    for (const path of ['/model', '/kenro', '/bug']) await say(call('card', { path }));
    expect(sent.map((message) => message.type === 'failure' && message.error)).toMatchObject([
      { kind: 'modelMissing', params: { path: '/model' } },
      { kind: 'diskFull', params: { path: '/kenro' } },
      { kind: 'internal', cause: 'bug' },
    ]);
  });

  it('aborts the call that is cancelled and no other', async () => {
    const seen: [string, boolean][] = [];
    const { say } = engine({
      card: async ({ path }, { signal }) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        seen.push([path, signal.aborted]);
        return { card: null, sha256: hash };
      },
    });
    await say(call('card', { path: '/a' }, 1));
    await say(call('card', { path: '/b' }, 2));
    await say({ type: 'cancel', id: 1 });
    await say({ type: 'cancel', id: 99 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toEqual([
      ['/a', true],
      ['/b', false],
    ]);
  });

  it('thins out progress but tells the first and last of each stage', async () => {
    const { say, sent, pass } = engine({
      card: (_request, { progress }) => {
        for (let done = 0; done <= 100; done++) {
          progress({ stage: 'features', done, total: 100 });
          pass(10);
        }
        progress({ stage: 'write', done: 0, total: 1 });
        return { card: null, sha256: hash };
      },
    });
    await say(call('card', { path: '/a' }));
    const told = sent.flatMap((message) => (message.type === 'progress' ? [message.progress] : []));
    expect(told.map(({ done }) => done)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 0]);
    expect(sent.at(-1)?.type).toBe('reply');
  });
});
