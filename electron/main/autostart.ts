import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Computer } from '../platform/dataFolder.ts';
import type { ElectronApi } from './electronApi.ts';

/** The installed program. */
export interface Program {
  readonly path: string;
  /** What it is to be started with. */
  readonly args: readonly string[];
}

/**
 * Makes this user's system start the program when they sign in, or no longer: a login item on Windows and macOS, an
 * autostart entry on Linux (freedesktop.org, "Desktop Application Autostart Specification").
 */
export async function setAutostart(
  app: Pick<ElectronApi['app'], 'setLoginItemSettings'>,
  computer: Computer,
  program: Program,
  isOn: boolean,
): Promise<void> {
  if (computer.platform !== 'linux') {
    // The installer's own entry has the same name.
    const { path, args } = program;
    return app.setLoginItemSettings({ openAtLogin: isOn, path, args: [...args], name: 'Kenro' });
  }
  const config = computer.env['XDG_CONFIG_HOME'] || join(computer.home, '.config');
  const file = join(config, 'autostart', 'kenro.desktop');
  if (!isOn) return rm(file, { force: true });
  await mkdir(dirname(file), { recursive: true });
  // An AppImage runs from a folder that is there only as long as it runs; the file itself stays.
  await writeFile(file, desktopEntry({ ...program, path: computer.env['APPIMAGE'] ?? program.path }));
}

function desktopEntry({ path, args }: Program): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Kenro',
    `Exec=${[path, ...args].map(quoted).join(' ')}`,
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/** By "Desktop Entry Specification", the Exec key: quoted, then escaped once more as any text of the file. */
function quoted(argument: string): string {
  const inside = argument.replaceAll(/["`$\\]/g, '\\$&').replaceAll('%', '%%');
  return `"${inside}"`.replaceAll('\\', '\\\\');
}
