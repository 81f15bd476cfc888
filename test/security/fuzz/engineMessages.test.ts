import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  EngineMessage,
  engineCalls,
  HostMessage,
  type EngineCallName,
} from '../../../electron/contract/engine.ts';
import { KenroError } from '../../../electron/contract/errors.ts';
import type { EngineClient } from '../../../electron/engine/client.ts';
import { serve, type EngineHandlers } from '../../../electron/engine/serve.ts';
import { startEngine } from '../../../electron/engine/startEngine.ts';
import { systemClock } from '../../../electron/platform/clock.ts';
import { fakeLauncher, type FakeChild } from '../../support/fakeLauncher.ts';
import { fuzz, type Fate } from '../../support/fuzz.ts';
import { anything, arbitraryOf, brokenOf } from '../../support/fuzzSchema.ts';

const callNames = Object.keys(engineCalls) as EngineCallName[];

/** A request that the host might make, for each call for which one is found by chance. */
const requests = new Map(
  callNames.flatMap((name) => {
    const { request } = engineCalls[name];
    const made = fc.sample(arbitraryOf(request), { numRuns: 50, seed: 1 });
    const valid = made.find((each) => request.safeParse(each).success);
    return valid === undefined ? [] : [[name, valid] as const];
  }),
);
const askable = [...requests.keys()];

/** What an engine process that has been taken over might say after a call. */
interface Said {
  readonly call: EngineCallName;
  readonly messages: readonly unknown[];
}

/** Replies to the call itself are the ones that get furthest. */
const saidTo = (name: EngineCallName) =>
  fc.oneof(
    fc.record({ type: fc.constant('reply'), reply: fc.oneof(brokenOf(engineCalls[name].reply), anything) }),
    fc.record({ type: fc.constant('progress'), progress: anything }),
    fc.record({ type: fc.constant('failure'), error: anything }),
    arbitraryOf(EngineMessage),
    brokenOf(EngineMessage),
    anything,
  );
const said: fc.Arbitrary<Said> = fc.constantFrom(...askable).chain((call) =>
  fc.record({
    call: fc.constant(call),
    messages: fc.array(saidTo(call), { minLength: 1, maxLength: 5 }),
  }),
);

const turns = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Says it, as the answer to the newest call that the child was sent. */
function say(child: FakeChild, message: unknown) {
  const call = child.received.findLast(({ type }) => type === 'call');
  const isAnswer = typeof message === 'object' && message !== null && 'type' in message && !('id' in message);
  child.say((isAnswer && call ? { ...message, id: call.id } : message) as EngineMessage);
}

test('whatever an engine process says, a call ends as it should and nothing else does', async () => {
  let engine: EngineClient | undefined;
  await fuzz<Said>({
    name: 'messages of an engine',
    inputs: said,
    corpus: askable.map((call) => ({
      call,
      messages: [
        null,
        'x',
        { type: 'ready', pid: 1 },
        { type: 'reply', id: 1e9, reply: {} },
        { type: '__proto__' },
      ],
    })),
    attempt: async ({ call, messages }): Promise<Fate> => {
      const { launcher, children } = fakeLauncher();
      const config = { imagesDir: null, threads: 0, provider: 'cpu' } as const;
      engine = startEngine({ launcher, role: 'inspect', spare: false, config });
      const outcome = engine.call(call as 'ping', requests.get(call) as never).then(
        (reply) => engineCalls[call].reply.parse(reply) !== undefined,
        (thrown: unknown) => thrown,
      );
      await turns();
      for (const message of messages) {
        say(children.at(-1)!, message);
        await Promise.resolve();
      }
      await turns();
      await engine.stop();
      const result = await outcome;
      if (result === true) return 'taken';
      expect(result).toBeInstanceOf(KenroError);
      return 'refused';
    },
    usualRuns: 200,
    bounds: { blockMs: 500, memoryMb: 400 },
  });
  expect(engine?.state.status).toBe('stopped');
  // Chance must not leave out what matters most.
  for (const name of ['configure', 'load', 'judge', 'picture'] as const) expect(askable).toContain(name);
});

test('an engine answers whatever it is asked', async () => {
  const never = () => {
    throw new Error('a bug inside');
  };
  const handlers = Object.fromEntries(callNames.map((name) => [name, never])) as unknown as EngineHandlers;
  let ask: (message: unknown) => void = () => undefined;
  const answers: unknown[] = [];
  serve(
    {
      send: (message) => answers.push(message),
      onMessage: (listener) => (ask = listener),
      onClose: () => undefined,
    },
    handlers,
    systemClock,
  );
  const calls = fc.record({
    type: fc.constant('call'),
    id: fc.integer({ min: 0 }),
    name: fc.oneof(
      fc.constantFrom<string>(...callNames, '__proto__', 'constructor', 'toString'),
      fc.string(),
    ),
    request: anything,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof({ weight: 4, arbitrary: calls }, brokenOf(HostMessage), anything),
      async (message) => {
        answers.length = 0;
        const isCall = HostMessage.safeParse(message).data?.type === 'call';
        ask(message);
        await turns();
        expect(answers).toHaveLength(isCall ? 1 : 0);
        for (const answer of answers) {
          const { type } = EngineMessage.parse(answer);
          expect(type).toBe('failure');
          expect(JSON.stringify(answer)).not.toMatch(/\n\s+at /);
        }
      },
    ),
    { numRuns: 500, seed: 1 },
  );
});
