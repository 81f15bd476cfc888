import { z } from 'zod';
import { Id, Sha256 } from './basics.ts';
import { Reason } from './people.ts';

/** First 16 hexadecimal digits of the SHA-256 of a public key. */
export const KeyId = z.string().regex(/^[0-9a-f]{16}$/);
export const KeyName = z.string().trim().min(1).max(60);
/** Ed25519 in SPKI, DER, base64. */
export const PublicKey = z.string().regex(/^[A-Za-z0-9+/]{40,120}={0,2}$/);

/** `station`: made by this station, signs what it teaches; `plant`: made here by an administrator; `other`: brought in. */
export const keyOwners = ['station', 'plant', 'other'] as const;

/** A key whose signatures count, or counted until it was revoked. */
export const TrustedKey = z.object({
  keyId: KeyId,
  name: KeyName,
  owner: z.enum(keyOwners),
  publicKey: PublicKey,
  addedMs: z.number().int(),
  revokedMs: z.number().int().nullable(),
  revokedReason: z.string().nullable(),
});
export type TrustedKey = z.infer<typeof TrustedKey>;

/** What a signature says, beside a file as `FILE.sig.json`. */
export const SignatureFile = z.object({
  format: z.literal('kenro-signature-1'),
  /** Of the file signed. */
  what: z.enum(['model', 'patch', 'product']),
  sha256: Sha256,
  /** What is meant by the file and is not in its hash; `{}` where the hash covers all. */
  meaning: z.record(z.string(), z.unknown()),
  keyId: KeyId,
  signedMs: z.number().int().nonnegative(),
  /** Ed25519 over the fields above, base64. */
  signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
});
export type SignatureFile = z.infer<typeof SignatureFile>;

/**
 * How far a model can be trusted. `signed`: by a key that counts; `unsigned`; `wrong`: the signature is not of this file
 * or of what is stated of it; `unknownKey`: nobody here trusts the key; `revoked`: nobody does any more.
 */
export const trustStates = ['signed', 'unsigned', 'wrong', 'unknownKey', 'revoked'] as const;
export const ModelTrust = z.object({
  state: z.enum(trustStates),
  keyName: z.string().nullable(),
  signedMs: z.number().int().nullable(),
  /** An administrator lets it be used all the same. */
  override: z.object({ actor: z.string(), reason: z.string(), timeMs: z.number().int() }).nullable(),
});
export type ModelTrust = z.infer<typeof ModelTrust>;

/** A key with its private half encrypted by a passphrase: scrypt, AES-256-GCM. */
export const EncryptedKey = z.object({
  format: z.literal('kenro-key-1'),
  name: KeyName,
  publicKey: PublicKey,
  scrypt: z.object({
    N: z
      .number()
      .int()
      .min(2 ** 14)
      .max(2 ** 20),
    r: z.number().int().min(1).max(32),
    p: z.number().int().min(1).max(16),
    salt: z.string(),
  }),
  iv: z.string(),
  tag: z.string(),
  privateKey: z.string(),
});
export type EncryptedKey = z.infer<typeof EncryptedKey>;

export const Passphrase = z.string().min(12).max(512);

/** A key of the plant to sign by, opened by its passphrase. */
export const PlantSigner = z.object({ keyId: KeyId, passphrase: Passphrase });
export type PlantSigner = z.infer<typeof PlantSigner>;

export const SignModelRequest = PlantSigner.extend({ id: Id });
export const TrustModelRequest = z.object({ id: Id, reason: Reason });
