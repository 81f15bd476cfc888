import { spawn, type ChildProcess } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { ChannelName, Outcome, RequestOf, ReplyOf } from '../../electron/contract/channels.ts';

export interface RunningProgram {
  readonly child: ChildProcess;
  /** The link that opens the station once. */
  readonly url: string;
  /** Everything it has printed. */
  readonly printed: () => string;
  /** Sends a signal and resolves with the exit code when the program has ended. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts Kenro as a process of its own, killed after the test, and waits for the link it prints. */
export async function startProgram(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<RunningProgram> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let printed = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk.toString('utf8');
      const link = printed.match(/http:\/\/127\.0\.0\.1:\d+\/open\?token=[\w-]{43}/);
      if (link !== null) resolve(link[0]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then((code) => reject(new Error(`ended with ${code} before it printed a link: ${printed}`)));
  });
  return {
    child,
    url,
    printed: () => printed,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Uses the link up, as a browser would, and resolves with the cookie. */
export async function signIn(url: string): Promise<string> {
  const answer = await fetch(url, { redirect: 'manual' });
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

export interface PageSocket {
  call<Name extends ChannelName>(name: Name, request: RequestOf<Name>): Promise<ReplyOf<Name>>;
  /** Resolves with the payload of the next such event. */
  next(event: string): Promise<unknown>;
}

/** The page's side of the socket. */
export async function openSocket(url: string, cookie: string): Promise<PageSocket> {
  const { origin, host } = new URL(url);
  const socket = new WebSocket(`ws://${host}/socket`, { headers: { cookie, origin } });
  onTestFinished(() => socket.terminate());
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const listeners = new Set<(frame: Frame) => void>();
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString('utf8')) as Frame;
    for (const listener of [...listeners]) listener(frame);
  });
  const first = <Result>(pick: (frame: Frame) => Result | undefined) =>
    new Promise<Result>((resolve) => {
      const listener = (frame: Frame) => {
        const result = pick(frame);
        if (result === undefined) return;
        listeners.delete(listener);
        resolve(result);
      };
      listeners.add(listener);
    });
  let lastId = 0;
  return {
    call: async (name, request) => {
      const id = ++lastId;
      socket.send(JSON.stringify({ id, name, request }));
      const outcome = await first((frame) => (frame.id === id ? frame.outcome : undefined));
      if (!outcome.ok) throw new Error(`${name}: ${JSON.stringify(outcome.error)}`);
      return outcome.reply as ReplyOf<typeof name>;
    },
    next: (event) => first((frame) => (frame.event === event ? { payload: frame.payload } : undefined)),
  };
}

interface Frame {
  id?: number;
  outcome?: Outcome<ChannelName>;
  event?: string;
  payload?: unknown;
}
