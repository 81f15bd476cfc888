import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { Bridge } from '../../../../electron/contract/bridge.ts';
import type { ChannelName } from '../../../../electron/contract/channels.ts';
import { callLine, eventLine } from '../../../../electron/main/ipc.ts';
import { createBridge } from '../../../../electron/preload/bridge.ts';

/** The main process at the other end of the lines. */
function bridgeTo(): { bridge: Bridge; main: EventEmitter; invoked: unknown[][] } {
  const main = new EventEmitter();
  const invoked: unknown[][] = [];
  const bridge = createBridge(
    {
      on: main.on.bind(main) as never,
      invoke: async (...args) => {
        invoked.push(args);
        return { ok: true, reply: {} };
      },
    },
    { channels: ['notice.dismiss'], events: ['job.removed'] },
  );
  return { bridge, main, invoked };
}

test('calls of the contract go through, on the line that the main process listens to', async () => {
  const { bridge, invoked } = bridgeTo();
  expect(await bridge.call('notice.dismiss', { index: 1 })).toEqual({ ok: true, reply: {} });
  expect(invoked).toEqual([[callLine, 'notice.dismiss', { index: 1 }]]);
});

test('a name outside the contract never leaves the window', async () => {
  const { bridge, invoked } = bridgeTo();
  expect(await bridge.call('shell.run' as ChannelName, {} as never)).toMatchObject({ ok: false });
  expect(invoked).toEqual([]);
});

test('listeners hear the payload only, until they stop listening', () => {
  const { bridge, main } = bridgeTo();
  const heard: unknown[][] = [];
  const stop = bridge.on('job.removed', (...args) => heard.push(args));
  main.emit(eventLine, { sender: 'Electron’s own event' }, 'job.removed', { id: 'a' });
  main.emit(eventLine, {}, 'no.such', {});
  stop();
  main.emit(eventLine, {}, 'job.removed', { id: 'b' });
  expect(heard).toEqual([[{ id: 'a' }]]);
});

test('the other end is there from the start', () => {
  const told: boolean[] = [];
  bridgeTo().bridge.onConnection((connected) => told.push(connected));
  expect(told).toEqual([true]);
});
