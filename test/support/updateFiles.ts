import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeUpdateFile, type UpdateFacts } from '../../build/packaging/signUpdate.ts';
import { readUpdateKey } from '../../electron/platform/updateFile.ts';

/** A maker of Kenro: what it signs with, and what its programs trust. */
export function maker() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { key: readUpdateKey(pem), secret };
}

/** An update file as `npm run update-file` makes it, of an installer with this content. */
export async function updateFile(
  folder: string,
  secret: string,
  facts: Partial<UpdateFacts> = {},
  content = 'an installer',
): Promise<string> {
  const { version = '0.2.0', platform = 'linux', arch = 'x64', installer = 'Kenro.AppImage' } = facts;
  const path = join(folder, installer);
  await writeFile(path, content);
  const target = join(folder, `${version}-${platform}-${arch}-${Object.keys(facts).length}.kenroupdate`);
  await writeUpdateFile({ ...facts, version, platform, arch, installer: path }, secret, target);
  return target;
}
