import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { ChannelName, Outcome, ReplyOf, RequestOf } from '../../electron/contract/channels.ts';
import { KenroError } from '../../electron/contract/errors.ts';
import type { EventName, EventOf } from '../../electron/contract/events.ts';

export interface StationProcess {
  readonly pid: number;
  /** Rejects with the error of the outcome; never settles when the process dies first. */
  call<Name extends ChannelName>(name: Name, request: RequestOf<Name>): Promise<ReplyOf<Name>>;
  on<Name extends EventName>(name: Name, listener: (payload: EventOf<Name>) => void): void;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/**
 * Starts `stationProgram.ts` and waits until it answers.
 * @param environment variables beside those of the test
 */
export async function startStationProcess(
  dataDir: string,
  starterDir: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<StationProcess> {
  const { child, gone } = begin(dataDir, starterDir, environment);
  const waiting = new Map<number, (outcome: Outcome<ChannelName>) => void>();
  const listeners = new Map<string, ((payload: never) => void)[]>();
  let calls = 0;

  await new Promise<void>((resolve, reject) => {
    void gone.then(() => reject(new Error('the station ended while it started')));
    child.on('message', (raw) => {
      const message = raw as { ready?: true; id?: number; outcome?: never; event?: string; payload?: never };
      if (message.ready) resolve();
      else if (message.id !== undefined) waiting.get(message.id)?.(message.outcome as never);
      else
        for (const listener of listeners.get(message.event ?? '') ?? []) listener(message.payload as never);
    });
  });

  return {
    pid: child.pid as number,
    call: async (name, request) => {
      const id = ++calls;
      const outcome = await new Promise<Outcome<typeof name>>((resolve) => {
        waiting.set(id, resolve as never);
        child.send({ id, name, request }, () => undefined);
      });
      if (!outcome.ok) throw KenroError.fromInfo(outcome.error);
      return outcome.reply;
    },
    on: (name, listener) => void listeners.set(name, [...(listeners.get(name) ?? []), listener as never]),
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Starts one and kills it that much later, wherever it is by then. */
export async function killWhileStarting(dataDir: string, starterDir: string, afterMs: number): Promise<void> {
  const { child, gone } = begin(dataDir, starterDir, {});
  await wait(afterMs);
  child.kill('SIGKILL');
  await gone;
}

function begin(
  dataDir: string,
  starterDir: string,
  environment: Readonly<Record<string, string>>,
): { child: ChildProcess; gone: Promise<void> } {
  const child = fork(join(import.meta.dirname, 'stationProgram.ts'), [dataDir, starterDir], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...environment },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, gone: new Promise<void>((resolve) => child.once('exit', () => resolve())) };
}
