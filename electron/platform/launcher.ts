import { fork } from 'node:child_process';

/** A running child process that exchanges structured-clone messages with us. */
export interface ChildPort {
  readonly pid: number | undefined;
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, when the process is gone for whatever reason. */
  onExit(listener: (description: string) => void): void;
  /** Ends it at once. */
  kill(): void;
}

/**
 * Starts a child process from a module file: a Node child process here, Electron's utilityProcess in the
 * Electron shell. The one interface behind which the two differ.
 */
export type Launcher = (modulePath: string, args: readonly string[]) => ChildPort;

/**
 * For V8: it marks what is in use in one go. Each part brings its picture, so that it marks every half a second; beside the
 * network, its threads take a core away in the middle of a verdict for longer than the marking itself holds it up.
 */
export const engineV8Flags: readonly string[] = ['--no-concurrent-marking', '--no-incremental-marking'];

export const nodeLauncher: Launcher = (modulePath, args) => {
  const child = fork(modulePath, args, {
    execArgv: [...process.execArgv, ...engineV8Flags],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return {
    get pid() {
      return child.pid;
    },
    send: (message) => {
      // A process that has just died is reported by onExit; the failed write needs no second report.
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => child.on('message', listener),
    onExit: (listener) => {
      let told = false;
      const tell = (description: string) => {
        if (told) return;
        told = true;
        listener(description);
      };
      child.on('exit', (code, signal) => tell(signal ?? `exit code ${code}`));
      child.on('error', (error) => tell(error.message));
    },
    kill: () => child.kill('SIGKILL'),
  };
};
