import { once } from 'node:events';
import { defaultDataFolder } from '../../platform/dataFolder.ts';
import type { Command } from '../command.ts';

export const serve: Command = {
  name: 'serve',
  summary: 'Runs the station without a window; the page opens in a browser on this computer.',
  usage: '[--data-dir DIR] [--port N]',
  details: ['The first line names the address. It opens once; further links are printed as they are used.'],
  flags: {
    'data-dir': { type: 'string', value: 'DIR', help: 'where the station keeps its data' },
    port: { type: 'string', value: 'N', help: 'port on this computer (default 0: any free one)' },
  },
  run: async (given, { terminal, signal, clock }) => {
    // The whole station: other commands should not wait for it to load.
    const { startBrowserShell } = await import('../../browserShell/start.ts');
    let announced = false;
    const shell = await startBrowserShell({
      dataDir: given.text('data-dir') ?? defaultDataFolder(),
      port: given.integer('port', 0, 0, 65_535),
      openWindow: false,
      clock,
      // The first line on standard output is the address, in the form that was asked for.
      say: (line) => announced && terminal.note(line),
    });
    announced = true;
    terminal.result({ url: shell.url }, [shell.url]);
    try {
      if (!signal.aborted) await once(signal, 'abort');
    } finally {
      await shell.stop();
    }
  },
};
