import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import type { Model } from '../../contract/domain.ts';
import type { SignatureFile } from '../../contract/signing.ts';
import type { KeyPair } from './keys.ts';

/** What is signed: all of a signature but itself. */
export type Statement = Omit<SignatureFile, 'signature'>;

/** Ed25519 (RFC 8032) over the statement in canonical form. */
export function signStatement(statement: Statement, privateKey: KeyObject): SignatureFile {
  return { ...statement, signature: sign(null, bytesOf(statement), privateKey).toString('base64') };
}

/** Signs, as of now, what a file is and means. */
export function signAs(
  { publicKey, privateKey }: KeyPair,
  about: Pick<Statement, 'what' | 'sha256' | 'meaning'>,
  nowMs: number,
): SignatureFile {
  const by = { format: 'kenro-signature-1', keyId: keyIdOf(publicKey), signedMs: nowMs } as const;
  return signStatement({ ...about, ...by }, privateKey);
}

/** Whether the signature is of that key and nothing it covers has changed. @param publicKey SPKI DER, base64 */
export function isSignedBy({ signature, ...statement }: SignatureFile, publicKey: string): boolean {
  if (keyIdOf(publicKey) !== statement.keyId) return false;
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  if (key.asymmetricKeyType !== 'ed25519') return false;
  return verify(null, bytesOf(statement), key, Buffer.from(signature, 'base64'));
}

/** @param publicKey SPKI DER, base64 */
export function keyIdOf(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 16);
}

/**
 * What a model's file means to the station, so that nobody can make NG mean OK beside a file left as it is. Name and
 * thresholds may change; those who change them are in the audit trail.
 */
export function meaningOf({ kind, preprocess, classes }: Model): Record<string, unknown> {
  const known = classes && {
    labels: classes.labels,
    okLabels: classes.okLabels,
    temperature: classes.temperature,
  };
  return { kind, preprocess, classes: known ?? null };
}

export function isSameMeaning(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  return canonical(one) === canonical(other);
}

function bytesOf(statement: Statement): Buffer {
  return Buffer.from(`kenro-signature-1\n${canonical(statement)}`, 'utf8');
}

/** JSON with the keys of every object in order: one text for one content. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
}
