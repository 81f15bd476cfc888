import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  scrypt,
  type KeyObject,
} from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KenroError } from '../../contract/errors.ts';
import { EncryptedKey, PublicKey } from '../../contract/signing.ts';
import { asDiskError, errorCode, writeDurably } from '../../platform/durableFile.ts';

/** 64 MiB of memory for each guess (Percival, RFC 7914): a passphrase is asked for rarely, and worth more than a PIN. */
const cost = { N: 2 ** 16, r: 8, p: 1 } as const;
const cipher = 'aes-256-gcm';
const ownerOnly = 0o600;

export interface KeyPair {
  readonly privateKey: KeyObject;
  /** SPKI DER, base64. */
  readonly publicKey: string;
}

export function newKeyPair(): KeyPair {
  return pairOf(generateKeyPairSync('ed25519').privateKey);
}

/** The private half under a passphrase. */
export async function encryptKey(
  { privateKey, publicKey }: KeyPair,
  name: string,
  passphrase: string,
): Promise<EncryptedKey> {
  const salt = randomBytes(16);
  const iv = randomBytes(12);
  const under = createCipheriv(cipher, await derive(passphrase, salt, cost), iv);
  // The name and the public half cannot be exchanged either.
  under.setAAD(Buffer.from(`${name}\n${publicKey}`));
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' });
  const data = Buffer.concat([under.update(secret), under.final()]);
  return {
    ...{ format: 'kenro-key-1', name, publicKey },
    scrypt: { ...cost, salt: salt.toString('base64') },
    iv: iv.toString('base64'),
    tag: under.getAuthTag().toString('base64'),
    privateKey: data.toString('base64'),
  };
}

/** @throws {KenroError} `wrongPassphrase`, also where the file was tampered with */
export async function decryptKey(kept: EncryptedKey, passphrase: string): Promise<KeyPair> {
  const { N, r, p, salt } = kept.scrypt;
  const secret = await derive(passphrase, Buffer.from(salt, 'base64'), { N, r, p });
  try {
    const under = createDecipheriv(cipher, secret, Buffer.from(kept.iv, 'base64'), { authTagLength: 16 });
    under.setAAD(Buffer.from(`${kept.name}\n${kept.publicKey}`));
    under.setAuthTag(Buffer.from(kept.tag, 'base64'));
    const der = Buffer.concat([under.update(Buffer.from(kept.privateKey, 'base64')), under.final()]);
    const pair = pairOf(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
    if (pair.publicKey !== kept.publicKey) throw new Error('the halves do not belong together');
    return pair;
  } catch (cause) {
    throw new KenroError('wrongPassphrase', { name: kept.name }, { cause });
  }
}

/**
 * The station's own key; `null` = there is none yet. It signs what the station itself makes, without asking anybody, so its
 * private half lies in the data folder, readable by the station's account alone: it proves that a model was made here, not
 * that somebody approved it.
 */
export async function readStationKey(file: string): Promise<KeyPair | null> {
  const known = await readFile(file, 'utf8').catch((thrown: unknown) => {
    if (errorCode(thrown) === 'ENOENT') return null;
    throw thrown;
  });
  return known === null ? null : pairOf(createPrivateKey(known));
}

/** A new one, over one that was there. @throws {KenroError} `diskFull`, `diskReadOnly` */
export async function newStationKey(file: string): Promise<KeyPair> {
  const pair = newKeyPair();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch((thrown: unknown) => {
    throw asDiskError(thrown, file);
  });
  // For other stations that are to trust what is made here; first, so that cut off between the two both are made anew.
  await writeDurably(publicHalf(file), JSON.stringify({ publicKey: pair.publicKey }, null, 2));
  await writeDurably(file, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  await chmod(file, ownerOnly);
  return pair;
}

/** File beside the station's key that may be handed on. */
export function publicHalf(file: string): string {
  return join(dirname(file), 'station.public.json');
}

/** @throws {KenroError} `keyFileWrong` where the file holds no key of Kenro */
export async function readEncryptedKey(file: string): Promise<EncryptedKey> {
  return parseKeyFile(file, (value) => EncryptedKey.parse(value));
}

/** A public key as another plant hands it on: `{name, publicKey}`, or a whole key file. */
export async function readPublicKey(file: string): Promise<string> {
  return parseKeyFile(file, (value) => {
    const publicKey = PublicKey.parse((value as { publicKey?: unknown } | null)?.publicKey);
    const { asymmetricKeyType } = createPublicKey({
      key: Buffer.from(publicKey, 'base64'),
      format: 'der',
      type: 'spki',
    });
    if (asymmetricKeyType !== 'ed25519') throw new Error(`a key of ${asymmetricKeyType}`);
    return publicKey;
  });
}

async function parseKeyFile<Result>(file: string, parse: (value: unknown) => Result): Promise<Result> {
  try {
    return parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new KenroError('keyFileWrong', { path: file }, { cause });
  }
}

function pairOf(privateKey: KeyObject): KeyPair {
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, publicKey: der.toString('base64') };
}

function derive(
  passphrase: string,
  salt: Buffer,
  { N, r, p }: { N: number; r: number; p: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // A Japanese keyboard may write the same letters in full width.
    scrypt(passphrase.normalize('NFKC'), salt, 32, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
