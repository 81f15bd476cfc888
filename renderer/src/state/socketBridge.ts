import { ServerFrame, type Bridge } from '../../../electron/contract/bridge.ts';
import type { ChannelName, Outcome, RequestOf } from '../../../electron/contract/channels.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import type { EventName, EventOf } from '../../../electron/contract/events.ts';

/** First wait before trying again, and the longest; it doubles between them. */
const firstWaitMs = 250;
const longestWaitMs = 4000;

const lost: ErrorInfo = { kind: 'engineLost', params: { what: 'station' } };

type Listener = (payload: never) => void;

/**
 * The bridge over the browser shell's WebSocket. A call made while the line is down, or whose answer got lost
 * with it, ends with `engineLost`: nobody waits for ever, and nothing is sent twice.
 */
export class SocketBridge implements Bridge {
  readonly #url: string;
  readonly #pending = new Map<number, (outcome: Outcome<ChannelName>) => void>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #connectionListeners = new Set<(connected: boolean) => void>();
  #socket: WebSocket | null = null;
  #nextId = 1;
  #waitMs = firstWaitMs;

  /** @param url e.g. `ws://127.0.0.1:4173/socket` */
  constructor(url: string) {
    this.#url = url;
    this.#connect();
  }

  call<Name extends ChannelName>(name: Name, request: RequestOf<Name>): Promise<Outcome<Name>> {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.resolve({ ok: false, error: lost });
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#pending.set(id, resolve as (outcome: Outcome<ChannelName>) => void);
      socket.send(JSON.stringify({ id, name, request }));
    });
  }

  on<Name extends EventName>(name: Name, listener: (payload: EventOf<Name>) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener as Listener);
    return () => listeners.delete(listener as Listener);
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    this.#connectionListeners.add(listener);
    listener(this.#socket?.readyState === WebSocket.OPEN);
    return () => this.#connectionListeners.delete(listener);
  }

  #connect(): void {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#waitMs = firstWaitMs;
      this.#tell(true);
    };
    socket.onmessage = (message) => this.#receive(String(message.data));
    socket.onclose = () => {
      for (const resolve of this.#pending.values()) resolve({ ok: false, error: lost });
      this.#pending.clear();
      this.#tell(false);
      setTimeout(() => this.#connect(), this.#waitMs);
      this.#waitMs = Math.min(longestWaitMs, this.#waitMs * 2);
    };
  }

  #receive(text: string): void {
    const frame = ServerFrame.parse(JSON.parse(text));
    if ('event' in frame) {
      for (const listener of this.#listeners.get(frame.event) ?? []) listener(frame.payload as never);
      return;
    }
    const resolve = this.#pending.get(frame.id);
    this.#pending.delete(frame.id);
    resolve?.(frame.outcome as Outcome<ChannelName>);
  }

  #tell(connected: boolean): void {
    for (const listener of this.#connectionListeners) listener(connected);
  }
}
