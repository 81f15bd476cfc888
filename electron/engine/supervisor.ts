import { EngineMessage } from '../contract/engine.ts';
import type { HostMessage } from '../contract/engine.ts';
import type { ErrorInfo } from '../contract/errors.ts';
import type { ChildPort, Launcher } from '../platform/launcher.ts';

/** The first restart comes at once; each further one without any success in between waits twice as long. */
const firstBackOffMs = 100;
const longestBackOffMs = 10_000;
/** From this many failures in a row on, nobody is kept waiting for the process any more. */
const hopelessAfter = 4;
/** The first parts should not have to share the processor with a spare that is starting up. */
const spareDelayMs = 2_000;

export interface SupervisorOptions {
  launcher: Launcher;
  /** The engine's entry point. */
  modulePath: string;
  args: readonly string[];
  /**
   * Keep a second process started and idle, to take over at once: on a busy computer starting one takes longer
   * than a line can wait.
   */
  spare: boolean;
  /** Said to a spare as soon as it listens, so that it is as warm as the process it may replace. */
  prepareSpare: () => readonly HostMessage[];
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
  /** How often another process had to take over. */
  readonly restarts: number;
  /** Resolves when every process is gone; none is started again. */
  stop(): Promise<void>;
}

interface Process {
  readonly port: ChildPort;
  readonly exited: Promise<void>;
  /** Known once it is listening. */
  pid: number | null;
}

/** Keeps one engine process alive. */
export function supervise(options: SupervisorOptions): Supervisor {
  let active: Process | null = null;
  let spare: Process | null = null;
  let starts = 0;
  let failures = 0;
  let stopped = false;
  let restart: ReturnType<typeof setTimeout> | undefined;
  let spareLater: ReturnType<typeof setTimeout> | undefined;
  let killedFor: ErrorInfo | null = null;

  const launch = (): Process => {
    const port = options.launcher(options.modulePath, options.args);
    const { promise: exited, resolve } = Promise.withResolvers<void>();
    const launched: Process = { port, exited, pid: null };
    port.onMessage((raw) => hear(launched, raw));
    port.onExit((description) => {
      resolve();
      bury(launched, description);
    });
    return launched;
  };

  const start = () => {
    starts += 1;
    killedFor = null;
    clearTimeout(spareLater);
    spareLater = undefined;
    active = spare ?? launch();
    spare = null;
    if (active.pid !== null) options.onReady(active.pid);
  };

  const hear = (from: Process, raw: unknown) => {
    if (stopped) return;
    const message = EngineMessage.safeParse(raw);
    if (message.data?.type === 'ready') {
      from.pid = message.data.pid;
      if (from === spare) for (const said of options.prepareSpare()) from.port.send(said);
    }
    if (from !== active) return;
    if (!message.success) {
      replace({ kind: 'internal', params: {}, cause: `engine message: ${message.error.message}` });
    } else if (message.data.type === 'ready') {
      options.onReady(message.data.pid);
    } else {
      options.onMessage(message.data);
    }
  };

  const bury = (dead: Process, description: string) => {
    if (dead === spare) {
      spare = null;
      // One that never came up would not the next time either; one that did is replaced after the next part.
      if (dead.pid !== null) spareLater = undefined;
    }
    if (dead !== active) return;
    active = null;
    if (stopped) return;
    failures += 1;
    restart = setTimeout(start, backOffMs(failures));
    options.onLost(killedFor ?? { kind: 'engineLost', params: {}, cause: description });
  };

  const replace = (error: ErrorInfo) => {
    if (killedFor) return;
    killedFor = error;
    active?.port.kill();
  };

  return {
    start,
    send: (message) => active?.port.send(message),
    replace,
    succeeded: () => {
      failures = 0;
      if (!options.spare || spare) return;
      spareLater ??= setTimeout(() => (spare = launch()), spareDelayMs);
    },
    get hopeless() {
      return failures >= hopelessAfter;
    },
    get restarts() {
      return Math.max(0, starts - 1);
    },
    stop: async () => {
      stopped = true;
      clearTimeout(restart);
      clearTimeout(spareLater);
      const processes = [active, spare].filter((process) => process !== null);
      for (const { port } of processes) port.kill();
      await Promise.all(processes.map(({ exited }) => exited));
    },
  };
}

function backOffMs(failures: number): number {
  return failures <= 1 ? 0 : Math.min(longestBackOffMs, firstBackOffMs * 2 ** (failures - 2));
}
