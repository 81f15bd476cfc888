import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What somebody may say on the command line of the installed program. */
export interface Switches {
  /** Folder for parts, models and settings; `null` = the usual one. */
  readonly dataDir: string | null;
  /** Full screen, without menu, and closed by `--quit` alone. */
  readonly kiosk: boolean;
  /** Ends the Kenro that runs with this data folder, once the parts under way are on record. */
  readonly quit: boolean;
  /** `on` or `off`: whether Kenro is to start, with the other switches given, when this user signs in. */
  readonly autostart: boolean | null;
}

/**
 * Switches that open the program to others, switch off what confines its page, or lead it elsewhere. A developer may
 * use them; an installed program that is started with one does not run.
 */
const forbidden = [
  'disable-site-isolation-trials',
  'disable-web-security',
  'host-resolver-rules',
  'host-rules',
  'ignore-certificate-errors',
  'inspect',
  'inspect-brk',
  'js-flags',
  'load-extension',
  'no-sandbox',
  'proxy-pac-url',
  'proxy-server',
  'remote-debugging-pipe',
  'remote-debugging-port',
  'renderer-cmd-prefix',
  'utility-cmd-prefix',
];

/**
 * @param args without the program's own name. Chromium's switches are among them, so unknown ones are none of our
 *   business.
 */
export function readSwitches(args: readonly string[]): Switches {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'data-dir': { type: 'string' },
      kiosk: { type: 'boolean' },
      quit: { type: 'boolean' },
      autostart: { type: 'string' },
    },
    strict: false,
  });
  const { 'data-dir': dataDir, autostart } = values;
  return {
    dataDir: typeof dataDir === 'string' && dataDir !== '' ? resolve(dataDir) : null,
    kiosk: values.kiosk === true,
    quit: values.quit === true,
    autostart: autostart === 'on' ? true : autostart === 'off' ? false : null,
  };
}

/** The arguments that a start by the system needs to be like this one. */
export function startArguments({ dataDir, kiosk }: Switches): string[] {
  return [...(dataDir === null ? [] : [`--data-dir=${dataDir}`]), ...(kiosk ? ['--kiosk'] : [])];
}

/** The first argument that an installed program refuses, or `null`. */
export function forbiddenSwitch(args: readonly string[]): string | null {
  return (
    args.find((arg) => {
      // Chromium takes one dash or two, and on Windows a slash.
      const name = /^(?:--?|\/)([^=]+)/.exec(arg)?.[1];
      return name !== undefined && forbidden.includes(name.toLowerCase());
    }) ?? null
  );
}
