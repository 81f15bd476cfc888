/**
 * Runs the built main process under Node with a stand-in for Electron, asks it what a window would ask, and
 * prints the answers as JSON. Arguments: the main module, then those of Electron.
 */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { ElectronStandIn } from './electronStandIn.ts';

const [main, ...args] = process.argv.slice(2) as [string, ...string[]];
const standInModule = new URL('./electronModule.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: standInModule, shortCircuit: true } : next(specifier, context),
});
process.argv = [process.execPath, main, ...args];

const { standIn, engineModules } = (await import(standInModule)) as {
  standIn: ElectronStandIn;
  engineModules: string[];
};
await import(pathToFileURL(main).href);
standIn.becomeReady();
while (standIn.windows.length === 0 && standIn.exitCode === null) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}

const window = standIn.windows[0];
const { mainFrame } = window?.contents ?? {};
const frame = { sender: { mainFrame }, senderFrame: mainFrame } as Parameters<typeof standIn.invoke>[1];
const page = await standIn.request('app://kenro/');
const answers = {
  errorBoxes: standIn.errorBoxes,
  profile: standIn.paths.get('userData'),
  preload: window?.options.webPreferences?.preload,
  page: await page.text(),
  snapshot: await standIn.invoke('kenro:call', frame, 'station.snapshot', {}),
  engine: engineModules[0],
};
standIn.quit();
while (!standIn.log.includes('ended')) await new Promise((resolve) => setTimeout(resolve, 20));
process.stdout.write(JSON.stringify(answers));
process.exit(0);
