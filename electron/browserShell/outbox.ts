import type { EventName, EventOf } from '../contract/events.ts';

/** One page's end of the line. */
export interface Sink {
  /** Bytes handed over and not yet on their way. */
  bufferedBytes(): number;
  /** `sent` is called once the text is on its way, or the page is gone. */
  send(text: string, sent: () => void): void;
  /** Gives the page up; it connects again and takes a fresh snapshot. */
  drop(): void;
}

type Message = { [Name in EventName]: { event: Name; payload: EventOf<Name> } }[EventName];

/** As many as a snapshot holds: a page shows no more recent parts than these. */
const maxRecent = 300;
const maxHeld = 500;

/**
 * Events on their way to one page, with back-pressure: while the page is slow, what it has not yet been told
 * is merged instead of queued. Newer state replaces older, judged parts are joined (the newest 300), so a
 * page that sleeps for an hour costs a bounded amount of memory and is right again at once.
 */
export class Outbox {
  readonly #sink: Sink;
  readonly #highWaterBytes: number;
  readonly #held = new Map<string, Message>();

  constructor(sink: Sink, highWaterBytes = 1 << 20) {
    this.#sink = sink;
    this.#highWaterBytes = highWaterBytes;
  }

  push<Name extends EventName>(event: Name, payload: EventOf<Name>): void {
    const message = { event, payload } as Message;
    if (this.#held.size === 0 && this.#open()) this.#send(message);
    else this.#hold(message);
  }

  #open(): boolean {
    return this.#sink.bufferedBytes() < this.#highWaterBytes;
  }

  #send(message: Message): void {
    this.#sink.send(JSON.stringify(message), () => this.flush());
  }

  /** Sends what is held, as far as there is room. To be called when something else has left the same line. */
  flush(): void {
    for (const [key, message] of this.#held) {
      if (!this.#open()) return;
      this.#held.delete(key);
      this.#send(message);
    }
  }

  #hold(message: Message): void {
    const merged = this.#merge(message);
    const key = keyOf(merged);
    // Last in, last out: the newest counters must be the last the page sees.
    this.#held.delete(key);
    this.#held.set(key, merged);
    if (this.#held.size > maxHeld) {
      this.#held.clear();
      this.#sink.drop();
    }
  }

  #merge(message: Message): Message {
    const waiting = this.#held.get('parts.judged');
    if (waiting?.event !== 'parts.judged') return message;
    if (message.event === 'parts.judged') {
      const inspections = [...waiting.payload.inspections, ...message.payload.inspections].slice(-maxRecent);
      return { ...message, payload: { ...message.payload, inspections } };
    }
    if (message.event === 'part.changed') {
      const { inspection, counters } = message.payload;
      const { inspections, latest } = waiting.payload;
      if (!inspections.some(({ id }) => id === inspection.id)) return message;
      return {
        ...waiting,
        payload: {
          ...waiting.payload,
          counters,
          inspections: inspections.map((part) => (part.id === inspection.id ? inspection : part)),
          latest: latest.inspection.id === inspection.id ? { ...latest, inspection } : latest,
        },
      };
    }
    return message;
  }
}

/** What a newer message with the same key makes obsolete. */
function keyOf(message: Message): string {
  switch (message.event) {
    case 'job.changed':
    case 'job.removed':
      return `job ${message.payload.id}`;
    case 'part.changed':
      return `part ${message.payload.inspection.id}`;
    default:
      return message.event;
  }
}
