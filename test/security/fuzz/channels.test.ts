import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { channels, type ChannelName } from '../../../electron/contract/channels.ts';
import { ErrorInfo } from '../../../electron/contract/errors.ts';
import { answerCalls } from '../../../electron/main/ipc.ts';
import { pageUrl } from '../../../electron/main/ownPage.ts';
import { createDispatch } from '../../../electron/station/dispatch.ts';
import { anybody, handlersWith } from '../../support/shellFixtures.ts';
import { fuzz, type Fate } from '../../support/fuzz.ts';
import { anything, arbitraryOf, brokenOf } from '../../support/fuzzSchema.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { testStarter, testStation, withCards } from '../../support/testStation.ts';

const names = Object.keys(channels) as ChannelName[];

interface Asked {
  readonly name: string;
  readonly request: unknown;
}

/** Every channel of the contract, by itself: what a new one takes is read from its schema. */
const requests: fc.Arbitrary<Asked> = fc.oneof(
  { weight: 6, arbitrary: perChannel(arbitraryOf) },
  { weight: 3, arbitrary: perChannel(brokenOf) },
  {
    weight: 1,
    arbitrary: fc.record({ name: fc.oneof(fc.string(), fc.constantFrom(...names)), request: anything }),
  },
);

function perChannel(make: typeof arbitraryOf): fc.Arbitrary<Asked> {
  return fc.oneof(
    ...names.map((name) => fc.record({ name: fc.constant(name), request: make(channels[name].request) })),
  );
}

/** Places outside the data folder, where nothing may be written. */
function around(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('data'));
}

test('every channel answers whatever it is asked: refused, or done, and never by a bug', async () => {
  const root = await temporaryFolder();
  const starterDir = await testStarter();
  mkdirSync(join(root, 'pictures'));
  writeFileSync(join(root, 'pictures', 'table.csv'), 'path,label\na.png,ok\n');
  const station = await testStation({ dataDir: join(root, 'data'), starterDir, prepare: withCards });
  const before = around(root);
  const page = station.station.openPage(() => undefined);
  const bugs: string[] = [];
  const dispatch = createDispatch(
    station.station.handlers,
    (name, thrown) => bugs.push(`${name}: ${thrown instanceof Error ? thrown.stack : String(thrown)}`),
    page,
  );
  await fuzz<Asked>({
    name: 'channels of the page',
    inputs: requests,
    corpus: names.flatMap((name) => [
      ...[{}, null, undefined, [], 'x', 7].map((request) => ({ name, request })),
      { name, request: { id: Number.MAX_SAFE_INTEGER, productId: Number.MAX_SAFE_INTEGER } },
      // Found by 4,000 runs: Node's own refusal of such a name came as a bug.
      { name, request: { path: '\0', folder: '\0', id: 1, productId: 1 } },
      { name, request: JSON.parse('{"__proto__":{"polluted":1},"id":1}') as unknown },
    ]),
    attempt: async ({ name, request }): Promise<Fate> => {
      const outcome = await dispatch(name, request);
      expect(bugs.splice(0), `${name} ${describe(request)}`).toEqual([]);
      if (outcome.ok) return 'taken';
      ErrorInfo.parse(outcome.error);
      expect(outcome.error.kind).not.toBe('internal');
      expect(JSON.stringify(outcome).length).toBeLessThan(10_000);
      expect(JSON.stringify(outcome)).not.toMatch(/\n\s+at /);
      return 'refused';
    },
    usualRuns: 1_500,
    bounds: { blockMs: 1_000, memoryMb: 600 },
  });
  expect(around(root)).toEqual(before);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  // The station stands and judges.
  expect(await station.call('station.snapshot', {})).toMatchObject({ version: '1.2.3' });
});

function describe(request: unknown): string {
  try {
    return JSON.stringify(request)?.slice(0, 2_000) ?? String(request);
  } catch {
    return typeof request;
  }
}

test('a request of another form reaches no handler', async () => {
  const reached = vi.fn(() => ({}));
  const handlers = handlersWith(Object.fromEntries(names.map((name) => [name, reached])) as never);
  const dispatch = createDispatch(handlers, () => undefined, anybody);
  await fc.assert(
    fc.asyncProperty(perChannel(brokenOf), async ({ name, request }) => {
      reached.mockClear();
      const outcome = await dispatch(name, request);
      const isOfTheForm = channels[name as ChannelName].request.safeParse(request).success;
      expect(reached).toHaveBeenCalledTimes(isOfTheForm ? 1 : 0);
      if (!isOfTheForm) expect(outcome).toMatchObject({ ok: false, error: { kind: 'badRequest' } });
    }),
    { numRuns: 200, seed: 1, endOnFailure: true },
  );
});

test('a sender that is not our own page reaches nothing, whatever it asks', async () => {
  let answer: (event: unknown, name: unknown, request: unknown) => unknown = () => expect.fail('not set up');
  const dispatch = vi.fn(async () => ({ ok: false, error: { kind: 'notFound', params: {} } }) as const);
  answerCalls({ handle: (_line, listener) => (answer = listener as never) }, dispatch);
  const url = fc.oneof(
    fc.webUrl(),
    fc.constantFrom(
      'about:blank',
      'app://kenro.evil/',
      'app://kenro@evil/',
      'app://kenro:1/',
      'app://kenro/other',
      '',
    ),
    fc.constantFrom(
      'file:///etc/passwd',
      'data:text/html,x',
      'app:kenro/x',
      'APP://evil/',
      'javascript:1',
      'app://',
    ),
  );
  const ownFrame = { url: pageUrl };
  await fc.assert(
    fc.asyncProperty(url, fc.constantFrom(...names), fc.boolean(), async (foreign, name, isInside) => {
      const request = {};
      // A foreign page as the main frame; or our own page's address in a frame that is not the main one.
      const frame = isInside ? { url: pageUrl } : { url: foreign };
      const event = { senderFrame: frame, sender: { mainFrame: isInside ? ownFrame : frame } };
      expect(await answer(event, name, request)).toMatchObject({ ok: false, error: { kind: 'notAllowed' } });
      expect(
        await answer({ senderFrame: null, sender: { mainFrame: ownFrame } }, name, request),
      ).toMatchObject({
        error: { kind: 'notAllowed' },
      });
    }),
    { numRuns: 100, seed: 1, endOnFailure: true },
  );
  expect(dispatch).not.toHaveBeenCalled();
  await answer({ senderFrame: ownFrame, sender: { mainFrame: ownFrame } }, 'station.snapshot', {});
  expect(dispatch).toHaveBeenCalledTimes(1);
});
