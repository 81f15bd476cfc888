import { describe, expect, test } from 'vitest';
import { Outbox } from '../../../../electron/browserShell/outbox.ts';
import type { Inspection } from '../../../../electron/contract/domain.ts';
import type { EventOf } from '../../../../electron/contract/events.ts';

/** A page whose line is jammed until `read` is called. */
function slowPage() {
  const texts: string[] = [];
  const waiting: (() => void)[] = [];
  let buffered = 0;
  let dropped = 0;
  return {
    texts,
    sink: {
      bufferedBytes: () => buffered,
      send: (text: string, sent: () => void) => {
        texts.push(text);
        buffered += text.length;
        waiting.push(() => {
          buffered -= text.length;
          sent();
        });
      },
      drop: () => (dropped += 1),
    },
    read: () => {
      while (waiting.length > 0) waiting.shift()?.();
    },
    received: () => texts.map((text) => JSON.parse(text) as { event: string; payload: never }),
    dropped: () => dropped,
  };
}

const counters = (parts: number) => ({ parts }) as EventOf<'parts.judged'>['counters'];
const part = (id: number, human: 'ok' | null = null) => ({ id, human }) as Inspection;
const judged = (id: number): EventOf<'parts.judged'> => ({
  inspections: [part(id)],
  latest: { inspection: part(id), map: null },
  counters: counters(id),
  performance: { partsPerMinute: id } as EventOf<'parts.judged'>['performance'],
});
const job = (id: string, done: number) => ({ id, done }) as unknown as EventOf<'job.changed'>;

describe('a page that keeps up', () => {
  test('is told of everything, in order', () => {
    const page = slowPage();
    const outbox = new Outbox(page.sink);
    outbox.push('parts.judged', judged(1));
    outbox.push('parts.judged', judged(2));
    expect(page.received().map(({ event }) => event)).toEqual(['parts.judged', 'parts.judged']);
  });
});

describe('a slow page', () => {
  test('is told what waited for a big reply as soon as that has left', () => {
    const page = slowPage();
    const outbox = new Outbox(page.sink, 10);
    page.sink.send('a reply longer than the line holds', () => outbox.flush());
    outbox.push('job.changed', job('a', 1));
    expect(page.texts).toHaveLength(1);
    page.read();
    expect(page.texts.slice(1).map((text) => JSON.parse(text) as unknown)).toEqual([
      { event: 'job.changed', payload: job('a', 1) },
    ]);
  });

  test('gets judged parts joined, with the newest counters and map', () => {
    const page = slowPage();
    const outbox = new Outbox(page.sink, 1);
    for (let id = 1; id <= 4; id++) outbox.push('parts.judged', judged(id));
    expect(page.received()).toHaveLength(1);
    page.read();
    const [, merged] = page.received() as unknown as { payload: EventOf<'parts.judged'> }[];
    expect(merged?.payload.inspections.map(({ id }) => id)).toEqual([2, 3, 4]);
    expect(merged?.payload.latest.inspection.id).toBe(4);
    expect(merged?.payload.counters.parts).toBe(4);
  });

  test('costs bounded memory however long it sleeps', () => {
    const page = slowPage();
    const outbox = new Outbox(page.sink, 1);
    for (let id = 1; id <= 5_000; id++) outbox.push('parts.judged', judged(id));
    page.read();
    const [, merged] = page.received() as unknown as { payload: EventOf<'parts.judged'> }[];
    expect(page.received()).toHaveLength(2);
    expect(merged?.payload.inspections.map(({ id }) => id)).toEqual(
      Array.from({ length: 300 }, (_, i) => 4_701 + i),
    );
  });

  test('sees a human word that came after the part, and never older counters after newer ones', () => {
    const page = slowPage();
    const outbox = new Outbox(page.sink, 1);
    outbox.push('settings.changed', {} as EventOf<'settings.changed'>);
    outbox.push('part.changed', { inspection: part(7, 'ok'), counters: counters(1) });
    outbox.push('parts.judged', judged(8));
    outbox.push('part.changed', { inspection: part(8, 'ok'), counters: counters(9) });
    page.read();
    const [, other, own] = page.received() as unknown as {
      event: string;
      payload: EventOf<'parts.judged'>;
    }[];
    expect(other?.event).toBe('part.changed');
    expect(own?.payload.inspections).toEqual([part(8, 'ok')]);
    expect(own?.payload.latest.inspection.human).toBe('ok');
    expect(own?.payload.counters.parts).toBe(9);
  });

  test('sees only the newest state of each thing; a job that is gone does not come back', () => {
    const page = slowPage();
    const outbox = new Outbox(page.sink, 1);
    outbox.push('products.changed', []);
    outbox.push('job.changed', job('a', 1));
    outbox.push('job.changed', job('b', 1));
    outbox.push('job.changed', job('b', 2));
    outbox.push('job.removed', { id: 'a' });
    page.read();
    expect(page.received().slice(1)).toEqual([
      { event: 'job.changed', payload: job('b', 2) },
      { event: 'job.removed', payload: { id: 'a' } },
    ]);
  });

  test('that would need too much is given up', () => {
    const page = slowPage();
    const outbox = new Outbox(page.sink, 1);
    for (let id = 0; id <= 501; id++) outbox.push('job.changed', job(`${id}`, 0));
    expect(page.dropped()).toBe(1);
  });
});
