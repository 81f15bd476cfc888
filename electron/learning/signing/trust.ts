import { readFile } from 'node:fs/promises';
import type { Model } from '../../contract/domain.ts';
import { KenroError } from '../../contract/errors.ts';
import { isUncleared } from '../../contract/probe.ts';
import { SignatureFile, type ModelTrust } from '../../contract/signing.ts';
import { errorCode } from '../../platform/durableFile.ts';
import { appendAudit } from '../../store/audit.ts';
import { transaction, type ReadableDb, type WritableDb } from '../../store/db.ts';
import { listModels } from '../../store/models.ts';
import {
  addKey,
  addModelSignature,
  listKeys,
  modelOverride,
  modelProbe,
  modelSignature,
} from '../../store/signing.ts';
import type { KeyPair } from './keys.ts';
import { isSameMeaning, isSignedBy, keyIdOf, meaningOf, signAs } from './statement.ts';

/** Of a key, as the contract has it. */
const longestName = 60;

/** How far a model in the registry can be trusted, by the keys that count now. */
export function trustOf(db: ReadableDb, model: Model): ModelTrust {
  const override = modelOverride(db, model.id);
  const signature = modelSignature(db, model.id);
  if (!signature) return { state: 'unsigned', keyName: null, signedMs: null, override };
  const { state, keyName } = judged(db, signature, model.sha256, meaningOf(model));
  return { state, keyName, signedMs: signature.signedMs, override };
}

/** Puts the facts of their signatures, and what was found of backdoors, beside models. */
export function withTrust(db: ReadableDb, models: readonly Model[]): Model[] {
  return models.map((model) => {
    const probe = modelProbe(db, model.id);
    return { ...model, trust: trustOf(db, model), ...(probe ? { probe } : {}) };
  });
}

/**
 * A model may judge parts only when it is signed by a key that counts and does not seem to have a backdoor, or an
 * administrator lets it.
 * @throws {KenroError} `modelUntrusted` with its `state`; `modelSuspicious`
 */
export function assertTrusted(db: ReadableDb, model: Model): void {
  const { state, override } = trustOf(db, model);
  if (state !== 'signed' && override === null) {
    throw new KenroError('modelUntrusted', { name: model.name, state });
  }
  if (isUncleared(modelProbe(db, model.id), override)) {
    throw new KenroError('modelSuspicious', { name: model.name });
  }
}

/** Signs a model. That the station signs what it makes goes without saying; that somebody signs, the caller says. */
export function signModel(db: WritableDb, model: Model, pair: KeyPair, nowMs: number): void {
  const about = { what: 'model', sha256: model.sha256, meaning: meaningOf(model) } as const;
  addModelSignature(db, model.id, signAs(pair, about, nowMs));
}

/**
 * Makes the station's key count. On the first start with signatures, models that were there before are signed, once:
 * they were made and put to use before anybody asked.
 */
export function setUpStationKey(db: WritableDb, pair: KeyPair, host: string, nowMs: number): void {
  const name = host.slice(0, longestName) || 'Kenro';
  const keyId = keyIdOf(pair.publicKey);
  const keys = listKeys(db);
  if (keys.some((key) => key.keyId === keyId)) return;
  transaction(db, () => {
    const isFirst = keys.length === 0;
    addKey(db, { keyId, name, owner: 'station', publicKey: pair.publicKey, addedMs: nowMs });
    const signed = isFirst ? listModels(db) : [];
    for (const model of signed) signModel(db, model, pair, nowMs);
    const detail = { keyId, name, owner: 'station', signed: signed.map(({ id }) => id) };
    appendAudit(db, { actor: 'station', action: 'key.add', detail }, nowMs);
  });
}

/** A signature beside a file, `FILE.sig.json`; `null` = none. @throws {KenroError} `signatureUnreadable` */
export async function signatureBeside(path: string): Promise<SignatureFile | null> {
  const file = `${path}.sig.json`;
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    if (errorCode(thrown) === 'ENOENT') return null;
    throw thrown;
  });
  if (text === null) return null;
  try {
    return SignatureFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new KenroError('signatureUnreadable', { path: file }, { cause });
  }
}

/** Whether a file brought in is signed by a key that counts here. */
export function trustOfFile(
  db: ReadableDb,
  signature: SignatureFile | null,
  sha256: string,
): Pick<ModelTrust, 'state' | 'keyName'> {
  return signature ? judged(db, signature, sha256, signature.meaning) : { state: 'unsigned', keyName: null };
}

function judged(
  db: ReadableDb,
  signature: SignatureFile,
  sha256: string,
  meaning: Record<string, unknown>,
): Pick<ModelTrust, 'state' | 'keyName'> {
  const key = listKeys(db).find(({ keyId }) => keyId === signature.keyId);
  if (!key) return { state: 'unknownKey', keyName: null };
  const keyName = key.name;
  const isRight =
    isSignedBy(signature, key.publicKey) &&
    signature.sha256 === sha256 &&
    isSameMeaning(signature.meaning, meaning);
  if (!isRight) return { state: 'wrong', keyName };
  return { state: key.revokedMs === null ? 'signed' : 'revoked', keyName };
}
