import { join } from 'node:path';
import { KenroError } from '../../contract/errors.ts';
import type { TrustedKey } from '../../contract/signing.ts';
import type { Clock } from '../../platform/clock.ts';
import { writeDurably } from '../../platform/durableFile.ts';
import { appendAudit } from '../../store/audit.ts';
import { transaction, type WritableDb } from '../../store/db.ts';
import { addKey, readKey } from '../../store/signing.ts';
import { decryptKey, encryptKey, newKeyPair, readEncryptedKey, readPublicKey, type KeyPair } from './keys.ts';
import { keyIdOf } from './statement.ts';

export interface PlantKeysOptions {
  readonly db: WritableDb;
  readonly clock: Clock;
  /** Of the encrypted keys. */
  readonly folder: string;
}

/** Keys of the plant: made here by an administrator, each under a passphrase, or brought in by their public half. */
export class PlantKeys {
  readonly #options: PlantKeysOptions;

  constructor(options: PlantKeysOptions) {
    this.#options = options;
  }

  /** @throws {KenroError} `diskFull`, `diskReadOnly` */
  async make(name: string, passphrase: string): Promise<TrustedKey> {
    const pair = newKeyPair();
    const kept = await encryptKey(pair, name, passphrase);
    await writeDurably(this.#fileOf(keyIdOf(pair.publicKey)), JSON.stringify(kept, null, 2));
    return this.#trust(name, 'plant', pair.publicKey);
  }

  /** @throws {KenroError} `keyFileWrong`; `conflict` where it is known already */
  async add(name: string, path: string): Promise<TrustedKey> {
    return this.#trust(name, 'other', await readPublicKey(path));
  }

  /** @throws {KenroError} `notFound`; `wrongPassphrase`; `notAllowed` for a revoked key; `keyFileWrong` */
  async open(keyId: string, passphrase: string): Promise<KeyPair> {
    const { revokedMs, name } = readKey(this.#options.db, keyId);
    if (revokedMs !== null) throw new KenroError('notAllowed', { what: 'key', name });
    return decryptKey(await readEncryptedKey(this.#fileOf(keyId)), passphrase);
  }

  #trust(name: string, owner: TrustedKey['owner'], publicKey: string): TrustedKey {
    const { db, clock } = this.#options;
    const keyId = keyIdOf(publicKey);
    return transaction(db, () => {
      const key = addKey(db, { keyId, name, owner, publicKey, addedMs: clock.nowMs() });
      appendAudit(db, { action: 'key.add', detail: { keyId, name, owner } }, clock.nowMs());
      return key;
    });
  }

  #fileOf(keyId: string): string {
    return join(this.#options.folder, `${keyId}.json`);
  }
}
