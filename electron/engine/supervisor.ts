import { EngineMessage } from '../contract/engine.ts';
import type { HostMessage } from '../contract/engine.ts';
import type { ErrorInfo } from '../contract/errors.ts';
import type { ChildPort, Launcher } from '../platform/launcher.ts';

/** The first restart comes at once; each further one without any success in between waits twice as long. */
const firstBackOffMs = 100;
const longestBackOffMs = 10_000;
/** From this many failures in a row on, nobody is kept waiting for the process any more. */
const hopelessAfter = 4;

export interface SupervisorOptions {
  launcher: Launcher;
  /** The engine's entry point. */
  modulePath: string;
  args: readonly string[];
  /** A new process is listening. */
  onReady: (pid: number) => void;
  onMessage: (message: EngineMessage) => void;
  /** The process is gone and another one is on its way. */
  onLost: (error: ErrorInfo) => void;
}

export interface Supervisor {
  start(): void;
  /** Dropped when no process is listening: `onLost` tells about everything that was under way. */
  send(message: HostMessage): void;
  /** Kills the process and starts another; `error` is what `onLost` is told. */
  replace(error: ErrorInfo): void;
  /** The process has done useful work: the next failure is again the first. */
  succeeded(): void;
  /** Restart after restart has failed; the next attempt is up to ten seconds away. */
  readonly hopeless: boolean;
  /** Processes started after the first. */
  readonly restarts: number;
  /** Resolves when the process is gone; none is started again. */
  stop(): Promise<void>;
}

/** Keeps one engine process alive. */
export function supervise(options: SupervisorOptions): Supervisor {
  let child: ChildPort | null = null;
  let starts = 0;
  let failures = 0;
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let killedFor: ErrorInfo | null = null;
  let gone: (() => void) | null = null;

  const start = () => {
    starts += 1;
    killedFor = null;
    const started = options.launcher(options.modulePath, options.args);
    child = started;
    started.onMessage((raw) => {
      if (child !== started || stopped) return;
      const parsed = EngineMessage.safeParse(raw);
      if (!parsed.success) {
        replace({ kind: 'internal', params: {}, cause: `engine message: ${parsed.error.message}` });
      } else if (parsed.data.type === 'ready') {
        options.onReady(parsed.data.pid);
      } else {
        options.onMessage(parsed.data);
      }
    });
    started.onExit((description) => {
      if (child !== started) return;
      child = null;
      gone?.();
      if (stopped) return;
      failures += 1;
      timer = setTimeout(start, backOffMs(failures));
      options.onLost(killedFor ?? { kind: 'engineLost', params: {}, cause: description });
    });
  };

  const replace = (error: ErrorInfo) => {
    if (killedFor) return;
    killedFor = error;
    child?.kill();
  };

  return {
    start,
    send: (message) => child?.send(message),
    replace,
    succeeded: () => {
      failures = 0;
    },
    get hopeless() {
      return failures >= hopelessAfter;
    },
    get restarts() {
      return Math.max(0, starts - 1);
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      return new Promise((resolve) => {
        if (!child) return resolve();
        gone = resolve;
        child.kill();
      });
    },
  };
}

function backOffMs(failures: number): number {
  return failures <= 1 ? 0 : Math.min(longestBackOffMs, firstBackOffMs * 2 ** (failures - 2));
}
