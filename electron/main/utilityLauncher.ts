import { engineV8Flags, type Launcher } from '../platform/launcher.ts';
import type { ElectronApi } from './electronApi.ts';

/**
 * Starts engine processes as Electron utility processes.
 * @param endNow how to end a process by its id at once; Electron's own `kill` only asks politely
 */
export function utilityLauncher(
  utilityProcess: ElectronApi['utilityProcess'],
  endNow: (pid: number) => void,
): Launcher {
  return (modulePath, args) => {
    const child = utilityProcess.fork(modulePath, [...args], {
      serviceName: 'Kenro engine',
      execArgv: [...engineV8Flags],
      stdio: 'inherit',
    });
    return {
      get pid() {
        return child.pid;
      },
      send: (message) => child.postMessage(message),
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => void child.once('exit', (code) => listener(`exit code ${code}`)),
      kill: () => {
        // Not yet spawned, or gone already: then there is no id.
        if (child.pid === undefined) child.kill();
        else endNow(child.pid);
      },
    };
  };
}
