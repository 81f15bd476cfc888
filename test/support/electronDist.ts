import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Stands before the fuses in Electron's program (`@electron/fuses`, Electron's documentation "Fuses"). */
const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** As Electron 45 delivers them: version 1, nine fuses, `1` on and `0` off. */
const delivered = '101100011';

/** An unpacked distribution of Electron, as far as electron-builder looks at one; its program runs nothing. */
export function standInDistribution(folder: string): string {
  mkdirSync(join(folder, 'locales'), { recursive: true });
  mkdirSync(join(folder, 'resources'));
  const program = Buffer.concat([
    Buffer.from('#!/bin/sh\nexit 0\n'),
    Buffer.alloc(4096),
    Buffer.from(sentinel),
    Buffer.from([1, delivered.length]),
    Buffer.from(delivered),
    Buffer.alloc(4096),
  ]);
  writeFileSync(join(folder, 'electron'), program);
  chmodSync(join(folder, 'electron'), 0o755);
  for (const name of ['en-US', 'ja', 'de']) writeFileSync(join(folder, 'locales', `${name}.pak`), name);
  writeFileSync(join(folder, 'resources', 'default_app.asar'), '');
  writeFileSync(join(folder, 'LICENSE'), 'Electron');
  writeFileSync(join(folder, 'LICENSES.chromium.html'), 'Chromium');
  writeFileSync(join(folder, 'version'), '45.4.1');
  return folder;
}
