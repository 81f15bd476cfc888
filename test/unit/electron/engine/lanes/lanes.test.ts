import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lane, Look, PartToLookAt } from '../../../../../electron/engine/lanes/lane.ts';
import { lanes } from '../../../../../electron/engine/lanes/lanes.ts';
import type { ModelCard } from '../../../../../native-models/detectors/card.ts';

interface Looking {
  readonly lane: number;
  readonly name: string;
  readonly alone: boolean;
  end(): void;
  fail(): void;
}

const part = (name: string): PartToLookAt => ({ image: { from: 'file', path: name }, model: null });
const seen = (name: string): Look => ({
  encoded: null,
  decodeMs: 0,
  error: { kind: 'noModel', params: { name } },
});
const nameOf = (look: Look) => look.error?.params['name'];
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Lanes whose looks end when the test says so. */
function setUp(count: number) {
  const looking: Looking[] = [];
  const loaded: [lane: number, alone: boolean][] = [];
  const closed: number[] = [];
  let opened = 0;
  let refusesLoad: (lane: number) => boolean = () => false;
  const open = (): Lane => {
    const lane = opened++;
    return {
      look: ({ image }, alone) =>
        new Promise((resolve, reject) => {
          const name = image.from === 'file' ? image.path : '';
          const leave = () => void looking.splice(looking.indexOf(entry), 1);
          const entry: Looking = {
            lane,
            name,
            alone,
            end: () => (leave(), resolve(seen(name))),
            fail: () => (leave(), reject(new Error(name))),
          };
          looking.push(entry);
        }),
      load: async (_model, alone) => {
        if (refusesLoad(lane)) throw new Error('refused');
        loaded.push([lane, alone]);
        return { kind: 'anomaly' } as unknown as ModelCard;
      },
      close: async () => void closed.push(lane),
    };
  };
  return {
    all: lanes(count, open),
    looking,
    loaded,
    closed,
    opened: () => opened,
    refuseLoad: (on: (lane: number) => boolean) => void (refusesLoad = on),
  };
}

describe('lanes', () => {
  it('gives a part that comes alone the whole processor, on the first lane', async () => {
    const { all, looking, opened } = setUp(4);
    for (const name of ['a', 'b', 'c']) {
      const look = all.look(part(name));
      expect(looking).toMatchObject([{ lane: 0, name, alone: true }]);
      looking[0]?.end();
      expect(nameOf(await look)).toBe(name);
      await settle();
    }
    expect(opened()).toBe(1);
  });

  it('looks at parts that queue side by side, each with its share', async () => {
    const { all, looking } = setUp(2);
    const looks = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => all.look(part(name)));
    const where = () => looking.map(({ lane, name, alone }) => [lane, name, alone]);
    expect(where()).toEqual([
      [0, 'a', true],
      [1, 'b', false],
      [0, 'c', false],
      [1, 'd', false],
    ]);
    looking[1]?.end();
    await settle();
    looking[0]?.end();
    await settle();
    expect(where()).toEqual([
      [0, 'c', false],
      [1, 'd', false],
      [1, 'e', false],
      [0, 'f', false],
    ]);
    for (const each of [...looking]) each.end();
    expect((await Promise.all(looks)).map(nameOf)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('has each lane take one part ahead, and no more', async () => {
    for (const count of [1, 3]) {
      const { all, looking } = setUp(count);
      expect(all.atOnce).toBe(2 * count);
      const looks = Array.from({ length: 2 * count + 1 }, (_, at) => all.look(part(String(at))));
      expect(looking).toHaveLength(2 * count);
      looking[0]?.end();
      await settle();
      expect(looking).toHaveLength(2 * count);
      expect(looking.at(-1)).toMatchObject({ lane: 0, name: String(2 * count) });
      for (const each of [...looking]) each.end();
      await Promise.all(looks);
    }
  });

  it('goes on after a lane has failed a part, which alone is told', async () => {
    const { all, looking } = setUp(2);
    const looks = ['a', 'b', 'c', 'd', 'e'].map((name) => all.look(part(name)));
    const outcomes = Promise.allSettled(looks);
    looking[0]?.fail();
    await settle();
    expect(looking.at(-1)).toMatchObject({ lane: 0, name: 'e' });
    for (const each of [...looking]) each.end();
    const statuses = (await outcomes).map(({ status }) => status);
    expect(statuses).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled']);
  });

  it('answers each part exactly once and starts them in order, however long each takes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
        async (count, parts, choices) => {
          const { all, looking } = setUp(count);
          const started: string[] = [];
          const answers: unknown[] = [];
          const looks = Array.from({ length: parts }, (_, at) =>
            all.look(part(String(at))).then((look) => answers.push(nameOf(look))),
          );
          while (answers.length < parts) {
            started.push(...looking.map(({ name }) => name).filter((name) => !started.includes(name)));
            expect(looking.length).toBeLessThanOrEqual(all.atOnce);
            looking[(choices[answers.length] as number) % looking.length]?.end();
            await settle();
          }
          await Promise.all(looks);
          const names = Array.from({ length: parts }, (_, at) => String(at));
          expect(started).toEqual(names);
          expect(answers.toSorted((a, b) => Number(a) - Number(b))).toEqual(names);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('opens a detector for a part alone first, then for all lanes, also while they are busy', async () => {
    const { all, looking, loaded, refuseLoad } = setUp(2);
    const looks = ['a', 'b'].map((name) => all.look(part(name)));
    refuseLoad((lane) => lane === 1);
    await all.load({ path: 'm', sha256: '0' });
    expect(loaded).toEqual([
      [0, true],
      [0, false],
    ]);
    refuseLoad(() => true);
    await expect(all.load({ path: 'm', sha256: '0' })).rejects.toThrow('refused');
    for (const each of [...looking]) each.end();
    await Promise.all(looks);
  });

  it('waits for the parts that have come before it closes', async () => {
    const { all, looking, closed } = setUp(2);
    const looks = ['a', 'b', 'c', 'd', 'e'].map((name) => all.look(part(name)));
    const closing = all.close();
    for (let done = 0; done < looks.length; done++) {
      await settle();
      expect(closed).toEqual([]);
      looking[0]?.end();
    }
    await closing;
    expect(closed.toSorted()).toEqual([0, 1]);
    expect((await Promise.all(looks)).map(nameOf)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
