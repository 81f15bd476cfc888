import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Computer {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

export const thisComputer: Computer = { platform: process.platform, env: process.env, home: homedir() };

/** Where a user's Kenro data lies when nobody says otherwise, by the convention of each system. */
export function defaultDataFolder({ platform, env, home }: Computer = thisComputer): string {
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'Kenro');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Kenro');
  return join(env['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'kenro');
}
