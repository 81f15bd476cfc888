import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDataFolder } from '../electron/platform/dataFolder.ts';

export interface StartOptions {
  readonly browser: boolean;
  readonly open: boolean;
  /** 0 = any free one. */
  readonly port: number;
  readonly dataDir: string;
}

export const usage = `npm start -- [--browser] [--port N] [--data-dir DIR] [--no-open] [--help]

  --browser       open in this computer's Chromium, Chrome or Edge, even where Electron is there
  --port N        port of the browser shell on 127.0.0.1 (any free one otherwise)
  --data-dir DIR  folder for parts, models and settings (${defaultDataFolder()} otherwise)
  --no-open       open no window, only print the address (implies --browser)
  --help          this text`;

/**
 * Reads the command line of `npm start`.
 * @returns `null` when only the usage is asked for
 * @throws Error with one line that says what is wrong
 */
export function readStartOptions(args: readonly string[]): StartOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      browser: { type: 'boolean', default: false },
      port: { type: 'string', default: '0' },
      'data-dir': { type: 'string', default: defaultDataFolder() },
      'no-open': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) throw new Error(`--port ${values.port} is not a port.`);
  if (values['data-dir'] === '') throw new Error('--data-dir needs a folder.');
  return {
    // A port can only be meant for the browser shell: Electron's window uses none.
    browser: values.browser || values['no-open'] || port !== 0,
    open: !values['no-open'],
    port,
    dataDir: resolve(values['data-dir']),
  };
}
