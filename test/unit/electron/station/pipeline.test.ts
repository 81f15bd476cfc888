import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { unjudged, type JudgeReply } from '../../../../electron/contract/engine.ts';
import { KenroError, type ErrorInfo } from '../../../../electron/contract/errors.ts';
import { usualSmoothing, type ProductSmoothing } from '../../../../electron/contract/smoothing.ts';
import { systemClock } from '../../../../electron/platform/clock.ts';
import type { Part, PartOnRecord, PartSource } from '../../../../electron/station/part.ts';
import {
  Pipeline,
  type JudgingContext,
  type PipelineOptions,
} from '../../../../electron/station/pipeline.ts';
import type { NewPart } from '../../../../electron/store/inspections.ts';
import { numberedPartKey } from '../../../../electron/store/partKey.ts';
import { certificateWith } from '../../../support/certificates.ts';
import { fakeEngine, fakeScore, type FakeEngine } from '../../../support/fakeEngine.ts';
import { memoryStore, type MemoryStore } from '../../../support/memoryStore.ts';

const model = { id: 7, path: '/models/x.onnx', sha256: '0'.repeat(64), thresholds: { review: 0.6, ng: 0.8 } };

/** A source with numbered parts, all there from the start. */
class Shelf implements PartSource {
  readonly id: number;
  readonly #parts: number[];
  /** Parts taken back once before they are accepted. */
  readonly #unfinished: Set<number>;
  readonly recordedKeys: string[] = [];

  constructor(id: number, numbers: number[], unfinished: number[] = []) {
    this.id = id;
    this.#parts = [...numbers];
    this.#unfinished = new Set(unfinished);
  }

  get waiting(): number {
    return this.#parts.length;
  }

  take(): Part | null {
    const number = this.#parts.shift();
    if (number === undefined) return null;
    return {
      key: numberedPartKey(this.id, number),
      sourceId: this.id,
      origin: String(number),
      serial: '',
      image: { from: 'file', path: `/${number}.png` },
      readyMs: 0,
    };
  }

  accepts(part: Part): boolean {
    const number = Number(part.origin);
    if (!this.#unfinished.delete(number)) return true;
    this.#parts.push(number);
    return false;
  }

  recorded(part: Part): void {
    this.recordedKeys.push(part.key);
  }
}

interface Line {
  pipeline: Pipeline;
  announced: PartOnRecord[];
  held: (ErrorInfo | null)[];
  bugs: unknown[];
}

function line(
  engine: FakeEngine,
  store: MemoryStore,
  sources: Shelf[],
  context: JudgingContext = { productId: 1, lot: 'L', model },
  draws: PipelineOptions['draws'] = () => null,
): Line {
  const announced: PartOnRecord[] = [];
  const held: (ErrorInfo | null)[] = [];
  const bugs: unknown[] = [];
  const pipeline = new Pipeline({
    engine,
    clock: systemClock,
    record: (parts) => store.record(parts),
    context: () => context,
    recordShadow: () => undefined,
    keepsOk: () => false,
    draws,
    onRecorded: (parts) => announced.push(...parts),
    onHeld: (error) => held.push(error),
    onBug: (thrown) => bugs.push(thrown),
  });
  for (const source of sources) pipeline.attach(source);
  return { pipeline, announced, held, bugs };
}

function keysOf(...shelves: [id: number, count: number][]): string[] {
  return shelves.flatMap(([id, count]) => Array.from({ length: count }, (_, n) => numberedPartKey(id, n)));
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the audit sample', () => {
  test('takes the parts drawn, whose pictures are kept; a store that cannot tell holds nobody up', async () => {
    const rows: NewPart[] = [];
    const store = memoryStore((parts) => void rows.push(...parts));
    const numberOf = (key: string) => Number.parseInt(key.slice(-4), 16);
    const { pipeline, bugs } = line(fakeEngine(), store, [new Shelf(1, numbers(12))], undefined, (_, key) => {
      const number = numberOf(key);
      if (number % 3 === 1) throw new KenroError('diskFull', { path: 'db' });
      return number % 3 === 0 ? 5 : null;
    });
    await vi.advanceTimersByTimeAsync(2_000);
    await pipeline.stop();
    expect(rows).toHaveLength(12);
    expect(bugs).toEqual([]);
    for (const { key, auditShareId } of rows) {
      expect(auditShareId).toBe(numberOf(key) % 3 === 0 ? 5 : null);
    }
  });
});

describe('a calm line', () => {
  test('puts every part on record once, source by source in order, with the verdict of its score', async () => {
    const store = memoryStore();
    const { pipeline, announced } = line(fakeEngine(), store, [
      new Shelf(1, numbers(20)),
      new Shelf(2, numbers(20)),
    ]);
    await vi.advanceTimersByTimeAsync(2_000);
    await pipeline.stop();

    expect(store.parts.map(({ key }) => key).sort()).toEqual(keysOf([1, 20], [2, 20]).sort());
    for (const id of [1, 2]) {
      const origins = store.parts.filter(({ inspection }) => inspection.sourceId === id);
      expect(origins.map(({ inspection }) => Number(inspection.origin))).toEqual(numbers(20));
    }
    for (const { key, inspection } of store.parts) {
      const score = fakeScore(key);
      expect(inspection).toMatchObject({
        score,
        verdict: score >= 0.8 ? 'NG' : score < 0.6 ? 'OK' : 'REVIEW',
        reason: null,
        modelId: 7,
        thresholds: model.thresholds,
        lot: 'L',
        arm: 'main',
      });
    }
    expect(announced.map(({ inspection }) => inspection.id)).toEqual(
      store.parts.map((_, index) => index + 1),
    );
  });

  test('puts the thresholds on record that a part was judged by, and a defect type only of parts that are not OK', async () => {
    const engine = fakeEngine();
    const thresholdsByLabel = { crack: { review: 0.1, ng: 0.2 } };
    engine.handle('judge', ({ key }) => {
      const number = Number(BigInt(`0x${key.slice(-2)}`) % 3n);
      const [label, verdict, score] = (
        [
          ['crack', 'NG', 0.3],
          ['stain', 'OK', 0.3],
          ['stain', 'REVIEW', 0.7],
        ] as const
      )[number]!;
      return { ...unjudged({ kind: 'internal', params: {} }), error: null, label, verdict, score };
    });
    const store = memoryStore();
    const { pipeline } = line(engine, store, [new Shelf(1, numbers(9))], {
      ...{ productId: 1, lot: '', model: { ...model, thresholdsByLabel } },
    });
    await vi.advanceTimersByTimeAsync(2_000);
    await pipeline.stop();
    const seen = store.parts.map(({ inspection: { verdict, label, thresholds } }) => ({
      verdict,
      label,
      thresholds,
    }));
    expect(seen).toHaveLength(9);
    expect(seen).toContainEqual({ verdict: 'NG', label: 'crack', thresholds: thresholdsByLabel.crack });
    expect(seen).toContainEqual({ verdict: 'OK', label: null, thresholds: model.thresholds });
    expect(seen).toContainEqual({ verdict: 'REVIEW', label: 'stain', thresholds: model.thresholds });
    expect(engine.calls.find(({ name }) => name === 'judge')?.request).toMatchObject({
      model: { thresholdsByLabel },
    });
  });

  test('takes from its sources in turn', async () => {
    const store = memoryStore();
    line(fakeEngine(), store, [new Shelf(1, numbers(50)), new Shelf(2, numbers(3))]);
    await vi.advanceTimersByTimeAsync(2_000);
    const first = store.parts.slice(0, 9).map(({ inspection }) => inspection.sourceId);
    expect(first.filter((id) => id === 2)).toHaveLength(3);
  });

  test('never has more than three parts at the engine', async () => {
    let now = 0;
    let most = 0;
    const engine = fakeEngine();
    engine.handle('judge', async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 10));
      now--;
      return unscored({ kind: 'noModel', params: {} });
    });
    line(engine, memoryStore(), [new Shelf(1, numbers(30))]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(most).toBe(3);
  });

  test('keeps the order of the line when the engine answers out of order', async () => {
    const engine = fakeEngine();
    engine.handle('judge', async ({ key }) => {
      await new Promise((resolve) => setTimeout(resolve, Math.round(fakeScore(key) * 100)));
      return unscored({ kind: 'noModel', params: {} });
    });
    const store = memoryStore();
    line(engine, store, [new Shelf(1, numbers(30))]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(store.parts.map(({ inspection }) => Number(inspection.origin))).toEqual(numbers(30));
  });

  test('a part without a model is a review that says so', async () => {
    const store = memoryStore();
    line(fakeEngine(), store, [new Shelf(1, [0])], { productId: 1, lot: '', model: null });
    await vi.advanceTimersByTimeAsync(100);
    expect(store.parts[0]?.inspection).toMatchObject({ verdict: 'REVIEW', reason: 'noModel', modelId: null });
  });

  test('a picture that could not be kept does not turn its verdict into a review', async () => {
    const engine = fakeEngine();
    engine.handle('judge', () => ({
      ...unscored({ kind: 'diskFull', params: {} }),
      verdict: 'OK' as const,
      score: 0.1,
    }));
    const store = memoryStore();
    line(engine, store, [new Shelf(1, [0])]);
    await vi.advanceTimersByTimeAsync(100);
    expect(store.parts[0]?.inspection).toMatchObject({ verdict: 'OK', reason: null });
  });
});

describe('when the engine fails', () => {
  test('a part that kills it is a review with the reason, and the line goes on', async () => {
    const engine = fakeEngine();
    const judge = answering();
    engine.handle('judge', (request) => {
      if (request.key === numberedPartKey(1, 3)) throw new KenroError('engineLost');
      return judge();
    });
    const store = memoryStore();
    line(engine, store, [new Shelf(1, numbers(6))]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(store.parts.map(({ inspection }) => inspection.reason)).toEqual([
      null,
      null,
      null,
      'engineLost',
      null,
      null,
    ]);
    expect(store.parts[3]?.inspection).toMatchObject({ verdict: 'REVIEW', score: null });
  });

  test('a bug in the way is reported, and the part is a review', async () => {
    const engine = fakeEngine();
    engine.handle('judge', () => {
      throw new TypeError('a bug');
    });
    const store = memoryStore();
    const { bugs } = line(engine, store, [new Shelf(1, [0])]);
    await vi.advanceTimersByTimeAsync(100);
    expect(store.parts[0]?.inspection).toMatchObject({ verdict: 'REVIEW', reason: 'internal' });
    expect(bugs).toHaveLength(1);
  });

  test('takes no parts while it is being replaced', async () => {
    const engine = fakeEngine();
    engine.become({ status: 'restarting' });
    const shelf = new Shelf(1, numbers(5));
    const { pipeline } = line(engine, memoryStore(), [shelf]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(shelf.waiting).toBe(5);

    engine.become({ status: 'ready' });
    pipeline.pump();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(shelf.recordedKeys).toHaveLength(5);
  });
});

describe('when the store fails', () => {
  test('announces nothing, holds the sources back, and catches up when the disk has room again', async () => {
    let full = true;
    const store = memoryStore(() => {
      if (full) throw new KenroError('diskFull', { file: 'kenro.db' });
    });
    const shelf = new Shelf(1, numbers(100));
    const { pipeline, announced, held } = line(fakeEngine(), store, [shelf]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(announced).toEqual([]);
    expect(shelf.recordedKeys).toEqual([]);
    expect(shelf.waiting).toBeGreaterThan(90);
    expect(pipeline.held).toMatchObject({ kind: 'diskFull' });
    expect(pipeline.taken(1)).toBe(100 - shelf.waiting);

    full = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(store.parts.map(({ inspection }) => Number(inspection.origin))).toEqual(numbers(100));
    expect(held.map((error) => error?.kind ?? null)).toEqual(['diskFull', null]);
    expect(pipeline.taken(1)).toBe(0);
  });

  test('a part that it can never take goes on record as a review, alone', async () => {
    const bad = numberedPartKey(1, 2);
    const store = memoryStore((parts) => {
      if (parts.some(({ key, inspection }) => key === bad && inspection.score !== null))
        throw new Error('CHECK');
    });
    const { bugs } = line(fakeEngine(), store, [new Shelf(1, numbers(5))]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(store.parts).toHaveLength(5);
    expect(store.parts.filter(({ inspection }) => inspection.reason === 'internal')).toMatchObject([
      { key: bad },
    ]);
    expect(bugs.length).toBeGreaterThan(0);
  });
});

test('stopping puts on record what is judged in time and leaves the rest to the source', async () => {
  const engine = fakeEngine();
  const judge = answering();
  engine.handle('judge', async (request) => {
    if (request.key === numberedPartKey(1, 1)) await new Promise(() => undefined);
    return judge();
  });
  const store = memoryStore();
  const shelf = new Shelf(1, numbers(10));
  const { pipeline } = line(engine, store, [shelf]);
  await vi.advanceTimersByTimeAsync(100);
  const stopped = pipeline.stop(500);
  await vi.advanceTimersByTimeAsync(1_000);
  await stopped;
  expect(store.parts.map(({ inspection }) => inspection.origin)).toEqual(['0']);
});

test(
  'whatever fails, every part is on record exactly once, and announced only then',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
        fc.array(fc.integer({ min: 20, max: 1_500 }), { maxLength: 3 }),
        async (counts, chance, crashes) => {
          const draw = () => chance.next().value as number;
          const store = memoryStore(() => {
            const fate = draw();
            if (fate < 10) throw new KenroError(fate < 5 ? 'diskFull' : 'databaseLocked');
          });
          const everyKey = keysOf(...counts.map((count, index) => [index + 1, count] as [number, number]));
          const announced = new Map<string, number>();

          const run = (): { pipeline: Pipeline; crash: () => void } => {
            const engine = fakeEngine();
            let alive = true;
            const judge = answering();
            engine.handle('judge', async () => {
              const fate = draw();
              await new Promise((resolve) => setTimeout(resolve, fate));
              if (!alive) await new Promise(() => undefined);
              if (fate < 8) throw new KenroError('engineLost');
              if (fate < 10) throw new Error('a bug');
              return judge();
            });
            const sources = counts.map((count, index) => {
              const left = numbers(count).filter((n) => !store.knows(numberedPartKey(index + 1, n)));
              return new Shelf(
                index + 1,
                left,
                left.filter(() => draw() < 10),
              );
            });
            const pipeline = new Pipeline({
              engine,
              clock: systemClock,
              record: (parts) => {
                if (!alive) throw new KenroError('diskFull');
                return store.record(parts);
              },
              context: () => ({ productId: 1, lot: '', model }),
              recordShadow: () => undefined,
              keepsOk: () => false,
              draws: () => null,
              onRecorded: (parts) => {
                for (const { part } of parts) {
                  if (!store.knows(part.key)) throw new Error('announced before it was on record');
                  announced.set(part.key, (announced.get(part.key) ?? 0) + 1);
                }
              },
              onHeld: () => pipeline.pump(),
              onBug: () => undefined,
            });
            for (const source of sources) pipeline.attach(source);
            return { pipeline, crash: () => (alive = false) };
          };

          for (const crashMs of crashes) {
            const { crash } = run();
            await vi.advanceTimersByTimeAsync(crashMs);
            crash();
          }
          run();
          await vi.advanceTimersByTimeAsync(120_000);

          expect(store.parts.map(({ key }) => key).sort()).toEqual(everyKey.sort());
          expect([...announced.values()].every((times) => times === 1)).toBe(true);
          if (crashes.length === 0) expect(announced.size).toBe(everyKey.length);
          for (const { inspection } of store.parts) {
            if (inspection.score === null) expect(inspection.verdict).toBe('REVIEW');
          }
        },
      ),
      { numRuns: 60 },
    );
  },
);

function answering(): () => JudgeReply {
  return () => ({ ...unscored({ kind: 'noModel', params: {} }), error: null, score: 0.1, verdict: 'OK' });
}

function unscored(error: ErrorInfo): JudgeReply {
  return {
    verdict: 'REVIEW',
    score: null,
    label: null,
    map: null,
    imageHash: null,
    imageKept: false,
    width: 1,
    height: 1,
    decodeMs: 1,
    inferMs: 1,
    error,
  };
}

describe('noisy looks', () => {
  const smoothed: JudgingContext = { productId: 1, lot: 'L', model, smoothing: usualSmoothing };

  /** The one part of a line whose engine answers so. */
  async function recorded(given: Partial<JudgeReply>, context = smoothed) {
    const engine = fakeEngine();
    engine.handle('judge', () => ({ ...unjudged({ kind: 'noModel', params: {} }), ...given }));
    const store = memoryStore();
    const { pipeline, announced } = line(engine, store, [new Shelf(1, [0])], context);
    await vi.advanceTimersByTimeAsync(1_000);
    await pipeline.stop();
    const [call] = engine.calls.filter(({ name }) => name === 'judge');
    return { inspection: announced[0]!.inspection, request: call!.request as { smoothing?: unknown } };
  }
  const ok = { verdict: 'OK', score: 0.59, error: null } as const;

  test('are asked for where the product allows them', async () => {
    expect((await recorded(ok)).request.smoothing).toEqual(usualSmoothing);
    expect((await recorded(ok, { productId: 1, lot: '', model })).request.smoothing).toBeUndefined();
  });

  test('leave time for the way there and back and for the record', async () => {
    const engine = fakeEngine();
    const aroundMs = 30;
    const reply = { ...unjudged({ kind: 'noModel', params: {} }), ...ok, decodeMs: 0, inferMs: 0 };
    engine.handle('judge', async () => {
      await new Promise((resolve) => setTimeout(resolve, aroundMs + 40));
      return { ...reply, smoothing: { certificate: certificateWith({}), error: null, smoothMs: 40 } };
    });
    const { pipeline } = line(engine, memoryStore(), [new Shelf(1, [0, 1, 2, 3])], smoothed);
    await vi.advanceTimersByTimeAsync(1_000);
    await pipeline.stop();
    const asked = engine.calls.map(({ request }) => (request as { smoothing: ProductSmoothing }).smoothing);
    expect(asked[0]).toEqual(usualSmoothing);
    expect(asked.at(-1)).toEqual({ ...usualSmoothing, budgetMs: usualSmoothing.budgetMs - aroundMs });
  });

  test('go on record with the verdict: how many, how long, and what they have shown', async () => {
    const certificate = certificateWith({ n0: 3, n: 20, radius: 0.0125 });
    const { inspection } = await recorded({ ...ok, smoothing: { certificate, error: null, smoothMs: 40 } });
    expect(inspection).toMatchObject({ verdict: 'OK', votes: 24, radius: 0.0125, certificate, reason: null });
    expect(inspection.latency.smoothMs).toBe(40);
  });

  test('say of a part that is left to a human that it withstands nothing', async () => {
    const certificate = certificateWith({ isCertified: false });
    const smoothing = { certificate, error: null, smoothMs: 40 };
    const { inspection } = await recorded({ ...ok, verdict: 'REVIEW', smoothing });
    expect(inspection).toMatchObject({ votes: 21, radius: null, certificate });
  });

  test('that were not needed count as one look, and where none are allowed as none', async () => {
    const one = await recorded({ ...ok, smoothing: { certificate: null, error: null, smoothMs: 0 } });
    expect(one.inspection).toMatchObject({ votes: 1, radius: null });
    expect(one.inspection).not.toHaveProperty('certificate');
    expect((await recorded(ok)).inspection.votes).toBeNull();
  });

  test('that have failed are why the part is a review', async () => {
    const error = { kind: 'outputNotFinite', params: {} } as const;
    const smoothing = { certificate: null, error, smoothMs: 3 };
    const { inspection } = await recorded({ ...ok, verdict: 'REVIEW', smoothing });
    expect(inspection).toMatchObject({ verdict: 'REVIEW', reason: 'outputNotFinite', score: 0.59 });
  });
});
