/**
 * `node build/packaging/signUpdate.ts`: makes keys for updates, and update files of installers. The private key belongs
 * to whoever makes Kenro and never into the project.
 */
import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { UpdateManifest } from '../../electron/contract/updates.ts';
import { magic, signedBytes } from '../../electron/platform/updateFile.ts';
import { migrations } from '../../electron/store/migrations/index.ts';

export const usage = `npm run update-file -- --new-key NAME
npm run update-file -- --key FILE --installer FILE --version X.Y.Z --platform NAME --arch NAME --out FILE

  --new-key NAME  makes NAME.private.pem (keep it secret) and NAME.public.pem (for npm run package -- --update-key)
  --key FILE      the private key`;

/** An installer and what it is, without what can be told from its bytes. */
export type UpdateFacts = Pick<UpdateManifest, 'version' | 'platform' | 'arch'> & {
  readonly installer: string;
  readonly schemaVersion?: number;
};

/** Writes a pair of keys. @throws Error when one of the files is there already */
export function makeKeys(name: string): void {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const options = { flag: 'wx', mode: 0o600 };
  writeFileSync(`${name}.private.pem`, privateKey.export({ type: 'pkcs8', format: 'pem' }), options);
  writeFileSync(`${name}.public.pem`, publicKey.export({ type: 'spki', format: 'pem' }), { flag: 'wx' });
}

/**
 * Puts an installer and its signed manifest into one file.
 * @param privateKey PEM, Ed25519
 * @returns the manifest
 */
export async function writeUpdateFile(
  facts: UpdateFacts,
  privateKey: string,
  target: string,
): Promise<UpdateManifest> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of createReadStream(facts.installer)) {
    hash.update(chunk as Buffer);
    sizeBytes += (chunk as Buffer).length;
  }
  const { version, platform, arch, schemaVersion = migrations.at(-1)!.version } = facts;
  const manifest = UpdateManifest.parse({
    ...{ product: 'kenro', version, platform, arch, sizeBytes, schemaVersion },
    installer: basename(facts.installer),
    sha256: hash.digest('hex'),
  });
  const bytes = Buffer.from(JSON.stringify(manifest));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  const signature = sign(null, signedBytes(bytes), createPrivateKey(privateKey));
  const file = await open(target, 'wx');
  try {
    await file.writeFile(Buffer.concat([magic, length, bytes, signature]));
    for await (const chunk of createReadStream(facts.installer)) await file.writeFile(chunk as Buffer);
  } finally {
    await file.close();
  }
  return manifest;
}

async function main(args: readonly string[]): Promise<void> {
  const names = ['new-key', 'key', 'installer', 'version', 'platform', 'arch', 'out'] as const;
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  if (values['new-key'] !== undefined) return makeKeys(values['new-key']);
  const missing = names.filter((name) => name !== 'new-key' && values[name] === undefined);
  if (missing.length > 0) throw new Error(`--${missing.join(', --')} missing.\n\n${usage}`);
  const { key, installer, version, platform, arch, out } = values as Record<(typeof names)[number], string>;
  if (!existsSync(installer)) throw new Error(`--installer ${installer} is not there.`);
  const facts = { installer, version, platform, arch } as UpdateFacts;
  const manifest = await writeUpdateFile(facts, readFileSync(key, 'utf8'), out);
  console.log(`${out}: ${manifest.installer}, ${manifest.sizeBytes} bytes, SHA-256 ${manifest.sha256}`);
}

if (process.argv[1] === import.meta.filename) {
  try {
    await main(process.argv.slice(2));
  } catch (thrown) {
    console.error((thrown as Error).message);
    process.exitCode = 1;
  }
}
