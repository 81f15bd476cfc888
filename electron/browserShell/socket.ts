import type { WebSocket } from 'ws';
import type { z } from 'zod';
import { ClientFrame } from '../contract/bridge.ts';
import type { Emit } from '../contract/events.ts';
import type { Clock } from '../platform/clock.ts';
import type { Dispatch } from '../station/dispatch.ts';
import { Outbox } from './outbox.ts';
import { RateLimit } from './rateLimit.ts';

/** A camera frame is a single call of up to 64 MB of base64; nothing else comes near. */
export const maxFrameBytes = 66_000_000;
const calls = { burst: 400, perSecond: 200 };
const bytes = { burst: 4 * maxFrameBytes, perSecond: maxFrameBytes };
const maxOpenCalls = 100;
const heartbeatMs = 30_000;

/** WebSocket close codes (RFC 6455, section 7.4.1). */
const policyViolation = 1008;
const tryAgainLater = 1013;

/** The way into the station for one page. */
export interface Door {
  readonly dispatch: Dispatch;
  /** The page is gone. */
  close(): void;
}

/**
 * Serves one page over its socket: calls in, outcomes and events out. A page that floods, or sends anything
 * that is not a frame of the contract, is disconnected.
 *
 * @param openDoor is given the way to tell this page alone of an event
 * @returns the same way
 */
export function servePage(socket: WebSocket, openDoor: (tell: Emit) => Door, clock: Clock): Emit {
  const callLimit = new RateLimit(clock, calls.burst, calls.perSecond);
  const byteLimit = new RateLimit(clock, bytes.burst, bytes.perSecond);
  let openCalls = 0;
  let alive = true;

  const outbox = new Outbox({
    bufferedBytes: () => socket.bufferedAmount,
    send: (text, sent) => socket.send(text, sent),
    drop: () => socket.close(tryAgainLater, 'too slow'),
  });

  const tell: Emit = (name, payload) => {
    if (socket.readyState === socket.OPEN) outbox.push(name, payload);
  };
  const door = openDoor(tell);

  const heartbeat = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, heartbeatMs);
  heartbeat.unref();
  socket.on('pong', () => (alive = true));
  socket.on('close', () => {
    clearInterval(heartbeat);
    door.close();
  });
  // A broken connection is followed by 'close'; there is nobody to tell.
  socket.on('error', () => undefined);

  socket.on('message', (data: Buffer, isBinary) => {
    if (!callLimit.take(1) || !byteLimit.take(data.length) || openCalls >= maxOpenCalls) {
      return socket.close(policyViolation, 'too many calls');
    }
    const frame = isBinary ? null : readFrame(data);
    if (frame === null) return socket.close(policyViolation, 'not a frame');
    openCalls += 1;
    void door.dispatch(frame.name, frame.request).then((outcome) => {
      openCalls -= 1;
      if (socket.readyState !== socket.OPEN) return;
      // A big reply may have made events wait that nothing else would send on.
      socket.send(JSON.stringify({ id: frame.id, outcome }), () => outbox.flush());
    });
  });

  return tell;
}

/** Frames of this size are parsed whatever they hold: in a few milliseconds and megabytes. */
const plainBytes = 1_000_000;
/** Opening brackets and commas of a picture's frame: a few fields around one long text of base64, which has none. */
const mostMarks = 16;

/**
 * Whether parsing it costs no more than its size. Brackets are dear: 66 MB of them are gigabytes of objects, and seconds
 * in which no verdict is given.
 */
function isCheap(data: Buffer): boolean {
  if (data.length <= plainBytes) return true;
  let marks = 0;
  for (const mark of ['{', '[', ',']) {
    for (let at = data.indexOf(mark); at >= 0; at = data.indexOf(mark, at + 1)) {
      if (++marks > mostMarks) return false;
    }
  }
  return true;
}

function readFrame(data: Buffer): z.infer<typeof ClientFrame> | null {
  if (!isCheap(data)) return null;
  try {
    return ClientFrame.safeParse(JSON.parse(data.toString('utf8'))).data ?? null;
  } catch {
    return null; // Not JSON.
  }
}
