import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KenroError } from '../contract/errors.ts';
import { decryptKey, readEncryptedKey, readPublicKey } from '../learning/signing/keys.ts';
import { isSignedBy, keyIdOf, signAs } from '../learning/signing/statement.ts';
import { signatureBeside } from '../learning/signing/trust.ts';
import { fileSha256 } from '../learning/modelFiles.ts';
import { asFolderError } from '../platform/imageFiles.ts';
import { writeDurably } from '../platform/durableFile.ts';
import type { Clock } from '../platform/clock.ts';

/**
 * Writes the signature of a model or layer patch beside it, `FILE.sig.json`.
 * @param passphraseFile its first line is the passphrase: nothing secret stands on a command line
 * @throws {KenroError} `modelMissing`, `keyFileWrong`, `wrongPassphrase`, `folderMissing`, `diskFull`, `diskReadOnly`
 */
export async function signFile(
  file: string,
  keyFile: string,
  passphraseFile: string,
  clock: Clock,
): Promise<{ signature: string; sha256: string; keyId: string }> {
  const text = await readFile(passphraseFile, 'utf8').catch((thrown: unknown) => {
    throw asFolderError(thrown, passphraseFile);
  });
  const pair = await decryptKey(await readEncryptedKey(resolve(keyFile)), text.split(/\r?\n/)[0]!);
  const sha256 = await fileSha256(file);
  const what = file.endsWith('.safetensors') ? 'patch' : 'model';
  // Whatever a file means to Kenro stands in its metadata, which the hash covers.
  const signed = signAs(pair, { what, sha256, meaning: {} }, clock.nowMs());
  const path = `${file}.sig.json`;
  await writeDurably(path, JSON.stringify(signed, null, 2));
  return { signature: path, sha256, keyId: signed.keyId };
}

/**
 * Checks the signature beside a file by a public key.
 * @throws {KenroError} `modelMissing`, `keyFileWrong`, `signatureUnreadable`; `modelUntrusted` where it is not signed by
 *   that key, or was changed since
 */
export async function verifyFile(
  file: string,
  keyFile: string,
): Promise<{ sha256: string; keyId: string; signedMs: number }> {
  const publicKey = await readPublicKey(resolve(keyFile));
  const sha256 = await fileSha256(file);
  const signature = await signatureBeside(file);
  const refuse = (state: string) => new KenroError('modelUntrusted', { name: file, state });
  if (!signature) throw refuse('unsigned');
  if (signature.keyId !== keyIdOf(publicKey)) throw refuse('unknownKey');
  if (!isSignedBy(signature, publicKey) || signature.sha256 !== sha256) throw refuse('wrong');
  return { sha256, keyId: signature.keyId, signedMs: signature.signedMs };
}
