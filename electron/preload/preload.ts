/** Runs in the sandbox before the page: hands it the bridge as `window.kenro`, and nothing else. */
import { contextBridge, ipcRenderer } from 'electron';
import { createBridge, type ContractNames } from './bridge.ts';

/** Replaced by the build (`build/bundles.ts`). */
declare const contractNames: ContractNames;

contextBridge.exposeInMainWorld('kenro', createBridge(ipcRenderer, contractNames));
