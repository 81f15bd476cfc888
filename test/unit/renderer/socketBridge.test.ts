import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SocketBridge } from '../../../renderer/src/state/socketBridge.ts';

/** A WebSocket the test holds both ends of. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  readonly sent: { id: number; name: string; request: unknown }[] = [];
  onopen: () => void = () => undefined;
  onclose: () => void = () => undefined;
  onmessage: (message: { data: string }) => void = () => undefined;

  constructor() {
    FakeSocket.all.push(this);
  }

  static get last(): FakeSocket {
    const socket = FakeSocket.all.at(-1);
    if (socket === undefined) throw new Error('no socket yet');
    return socket;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  open(): void {
    this.readyState = FakeSocket.OPEN;
    this.onopen();
  }

  drop(): void {
    this.readyState = 3;
    this.onclose();
  }

  receive(frame: unknown): void {
    this.onmessage({ data: JSON.stringify(frame) });
  }
}

describe('SocketBridge', () => {
  let bridge: SocketBridge;
  const connections: boolean[] = [];

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', FakeSocket);
    FakeSocket.all = [];
    connections.length = 0;
    bridge = new SocketBridge('ws://127.0.0.1:1/socket');
    bridge.onConnection((connected) => connections.push(connected));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('gives each answer to the call it belongs to', async () => {
    FakeSocket.last.open();
    const one = bridge.call('product.add', { name: 'a' });
    const other = bridge.call('product.add', { name: 'b' });
    const [first, second] = FakeSocket.last.sent;
    FakeSocket.last.receive({ id: second?.id, outcome: { ok: true, reply: 'b' } });
    FakeSocket.last.receive({ id: first?.id, outcome: { ok: true, reply: 'a' } });
    expect(await one).toEqual({ ok: true, reply: 'a' });
    expect(await other).toEqual({ ok: true, reply: 'b' });
  });

  it('ends calls with an error when the line drops or is not up', async () => {
    expect((await bridge.call('station.snapshot', {})).ok).toBe(false);
    FakeSocket.last.open();
    const waiting = bridge.call('station.snapshot', {});
    FakeSocket.last.drop();
    expect(await waiting).toMatchObject({ ok: false, error: { kind: 'engineLost' } });
  });

  it('connects again, waiting longer each time and briefly again after success', () => {
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      const before = FakeSocket.all.length;
      FakeSocket.last.drop();
      let waited = 0;
      while (FakeSocket.all.length === before) {
        vi.advanceTimersByTime(50);
        waited += 50;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
    FakeSocket.last.open();
    FakeSocket.last.drop();
    vi.advanceTimersByTime(250);
    FakeSocket.last.open();
    expect(connections.slice(-3)).toEqual([true, false, true]);
  });

  it('passes events on until the listener leaves', () => {
    FakeSocket.last.open();
    const heard: unknown[] = [];
    const stop = bridge.on('job.removed', (payload) => heard.push(payload));
    FakeSocket.last.receive({ event: 'job.removed', payload: { id: 'a' } });
    stop();
    FakeSocket.last.receive({ event: 'job.removed', payload: { id: 'b' } });
    expect(heard).toEqual([{ id: 'a' }]);
  });
});
