import { fork } from 'node:child_process';
import type { ElectronApi } from '../../electron/main/electronApi.ts';
import { ElectronStandIn } from './electronStandIn.ts';

/** What `import … from 'electron'` gives in `builtElectron.ts`: the stand-in, with real processes as engines. */
export const standIn = new ElectronStandIn();
export const { app, BrowserWindow, dialog, ipcMain, Menu, protocol, session } = standIn;

export const engineModules: string[] = [];
export const utilityProcess: ElectronApi['utilityProcess'] = {
  fork: (modulePath, args = [], { execArgv = [] } = {}) => {
    engineModules.push(modulePath);
    const child = fork(modulePath, args, { serialization: 'advanced', execArgv });
    return Object.assign(child, {
      postMessage: (message: unknown) => child.send(message as object),
    }) as unknown as ReturnType<ElectronApi['utilityProcess']['fork']>;
  },
};
