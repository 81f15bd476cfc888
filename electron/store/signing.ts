import { SignatureFile, TrustedKey, type ModelTrust } from '../contract/signing.ts';
import { ModelProbe } from '../contract/probe.ts';
import { KenroError } from '../contract/errors.ts';
import { row, rows, run, type ReadableDb, type WritableDb } from './db.ts';

interface KeyRow {
  key_id: string;
  name: string;
  owner: string;
  public_key: string;
  added_ms: number;
  revoked_ms: number | null;
  revoked_reason: string | null;
}

const columns = 'key_id, name, owner, public_key, added_ms, revoked_ms, revoked_reason';

/** Keys whose signatures count or counted, oldest first. */
export function listKeys(db: ReadableDb): TrustedKey[] {
  return rows<KeyRow>(db, `SELECT ${columns} FROM trusted_keys ORDER BY added_ms, key_id`).map(fromRow);
}

/** @throws {KenroError} `notFound` */
export function readKey(db: ReadableDb, keyId: string): TrustedKey {
  const found = row<KeyRow>(db, `SELECT ${columns} FROM trusted_keys WHERE key_id = ?`, keyId);
  if (!found) throw new KenroError('notFound', { what: 'key', id: keyId });
  return fromRow(found);
}

/** @throws {KenroError} `conflict` where it is there already, revoked or not */
export function addKey(db: WritableDb, key: Omit<TrustedKey, 'revokedMs' | 'revokedReason'>): TrustedKey {
  const { keyId, name, owner, publicKey, addedMs } = key;
  if (row(db, 'SELECT 1 FROM trusted_keys WHERE key_id = ?', keyId)) {
    throw new KenroError('conflict', { what: 'key', name });
  }
  run(
    db,
    'INSERT INTO trusted_keys (key_id, name, owner, public_key, added_ms) VALUES (?, ?, ?, ?, ?)',
    ...[keyId, name, owner, publicKey, addedMs],
  );
  return readKey(db, keyId);
}

/** @throws {KenroError} `notFound`; `conflict` where it is revoked already */
export function revokeKey(db: WritableDb, keyId: string, reason: string, nowMs: number): TrustedKey {
  const { name, revokedMs } = readKey(db, keyId);
  if (revokedMs !== null) throw new KenroError('conflict', { what: 'key', name });
  run(
    db,
    'UPDATE trusted_keys SET revoked_ms = ?, revoked_reason = ? WHERE key_id = ?',
    ...[nowMs, reason, keyId],
  );
  return readKey(db, keyId);
}

/** The signature of a model that counts; `null` = none. */
export function modelSignature(db: ReadableDb, modelId: number): SignatureFile | null {
  const found = row<{ signature: string }>(
    db,
    'SELECT signature FROM model_signatures WHERE model_id = ? ORDER BY id DESC LIMIT 1',
    modelId,
  );
  return found ? SignatureFile.parse(JSON.parse(found.signature)) : null;
}

export function addModelSignature(db: WritableDb, modelId: number, signature: SignatureFile): void {
  run(
    db,
    'INSERT INTO model_signatures (model_id, signature) VALUES (?, ?)',
    ...[modelId, JSON.stringify(signature)],
  );
}

export function modelOverride(db: ReadableDb, modelId: number): ModelTrust['override'] {
  const found = row<{ actor: string; reason: string; time_ms: number }>(
    db,
    'SELECT actor, reason, time_ms FROM model_overrides WHERE model_id = ?',
    modelId,
  );
  return found ? { actor: found.actor, reason: found.reason, timeMs: found.time_ms } : null;
}

export function setModelOverride(
  db: WritableDb,
  modelId: number,
  { actor, reason, timeMs }: NonNullable<ModelTrust['override']>,
): void {
  run(
    db,
    `INSERT INTO model_overrides VALUES (?, ?, ?, ?)
     ON CONFLICT (model_id) DO UPDATE SET actor = excluded.actor, reason = excluded.reason, time_ms = excluded.time_ms`,
    ...[modelId, actor, reason, timeMs],
  );
}

/** The newest search for a backdoor in a model; `null` = none. */
export function modelProbe(db: ReadableDb, modelId: number): ModelProbe | null {
  const found = row<{ probe: string }>(
    db,
    'SELECT probe FROM model_probes WHERE model_id = ? ORDER BY id DESC LIMIT 1',
    modelId,
  );
  return found ? ModelProbe.parse(JSON.parse(found.probe)) : null;
}

export function addModelProbe(db: WritableDb, modelId: number, probe: ModelProbe): void {
  run(db, 'INSERT INTO model_probes (model_id, probe) VALUES (?, ?)', ...[modelId, JSON.stringify(probe)]);
}

function fromRow(found: KeyRow): TrustedKey {
  return TrustedKey.parse({
    keyId: found.key_id,
    name: found.name,
    owner: found.owner,
    publicKey: found.public_key,
    addedMs: found.added_ms,
    revokedMs: found.revoked_ms,
    revokedReason: found.revoked_reason,
  });
}
