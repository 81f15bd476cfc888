import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { KenroError } from '../../contract/errors.ts';
import { secretLimits, type SecretKind } from '../../contract/people.ts';
import { nameKey } from '../../store/people.ts';

/**
 * scrypt (Percival, RFC 7914) with N = 2^15, r = 8, p = 3, one of the equal settings of OWASP's Password Storage Cheat
 * Sheet: 32 MiB of memory, so that a stolen database is slow to search and the line's memory is not.
 */
const cost = { N: 2 ** 15, r: 8, p: 3 } as const;
const saltBytes = 16;
const hashBytes = 32;

/** A secret as it is kept: `scrypt$N$r$p$salt$hash`, salt and hash in base64url. */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(secret, salt, hashBytes, cost);
  const { N, r, p } = cost;
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/**
 * Whether `secret` is the one that was kept, with the settings it was kept with; takes as long for a wrong one.
 * @throws Error when `kept` was not made by {@link hashSecret}
 */
export async function isSecret(secret: string, kept: string): Promise<boolean> {
  const [name, N, r, p, salt = '', hash = ''] = kept.split('$');
  if (name !== 'scrypt') throw new Error('a kept secret is not of scrypt');
  const expected = Buffer.from(hash, 'base64url');
  const settings = { N: Number(N), r: Number(r), p: Number(p) };
  const found = await derive(secret, Buffer.from(salt, 'base64url'), expected.length, settings);
  return timingSafeEqual(found, expected);
}

/**
 * Whether a PIN or password is good enough to be set.
 * @throws {KenroError} `secretWeak` with the `reason`
 */
export function assertStrong(secret: string, kind: SecretKind, name: string): void {
  const text = normal(secret);
  const { min, max } = secretLimits[kind];
  const refuse = (reason: string) => new KenroError('secretWeak', { reason, kind, min, max });
  if (kind === 'pin' && !/^\d*$/.test(text)) throw refuse('digits');
  if (text.length < min || text.length > max) throw refuse('length');
  if (isRun(text) || (kind === 'password' && new Set(text).size < 4)) throw refuse('simple');
  if (holdsName(nameKey(text), nameKey(name))) throw refuse('name');
}

/** A name of one or two characters may stand in any password by chance. */
function holdsName(text: string, name: string): boolean {
  return text === name || (name.length >= 4 && text.includes(name));
}

/** Whether each character is the same step from the one before: 111111, 123456, 987654, abcdefgh. */
function isRun(text: string): boolean {
  const steps = Array.from(text.slice(1), (_, index) => text.charCodeAt(index + 1) - text.charCodeAt(index));
  return new Set(steps).size === 1;
}

/** A Japanese keyboard may write the same digits and letters in full width. */
function normal(secret: string): string {
  return secret.normalize('NFKC');
}

function derive(
  secret: string,
  salt: Buffer,
  bytes: number,
  { N, r, p }: { N: number; r: number; p: number },
): Promise<Buffer> {
  // Node wants to be allowed what scrypt needs, 128 · N · r bytes, and a little for itself.
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    scrypt(normal(secret), salt, bytes, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
