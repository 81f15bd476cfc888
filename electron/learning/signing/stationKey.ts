import type { Model } from '../../contract/domain.ts';
import type { Clock } from '../../platform/clock.ts';
import type { WritableDb } from '../../store/db.ts';
import { listKeys } from '../../store/signing.ts';
import { newStationKey, readStationKey, type KeyPair } from './keys.ts';
import { keyIdOf } from './statement.ts';
import { setUpStationKey, signModel } from './trust.ts';

export interface StationKeyOptions {
  readonly db: WritableDb;
  readonly clock: Clock;
  /** Of the private half. */
  readonly file: string;
  /** Name of this computer, which the key is listed under. */
  readonly host: string;
}

/** The key that the station signs with what it makes: there is always one that counts. */
export class StationKey {
  readonly #options: StationKeyOptions;
  #pair: KeyPair;

  private constructor(options: StationKeyOptions, pair: KeyPair) {
    this.#options = options;
    this.#pair = pair;
  }

  /** Made on first use, and where the one that is there was revoked. @throws {KenroError} `diskFull`, `diskReadOnly` */
  static async open(options: StationKeyOptions): Promise<StationKey> {
    const { db, clock, file, host } = options;
    const known = await readStationKey(file);
    const isRevoked =
      known !== null &&
      listKeys(db).some(({ keyId, revokedMs }) => keyId === keyIdOf(known.publicKey) && revokedMs !== null);
    const pair = known === null || isRevoked ? await newStationKey(file) : known;
    setUpStationKey(db, pair, host, clock.nowMs());
    return new StationKey(options, pair);
  }

  get pair(): KeyPair {
    return this.#pair;
  }

  sign(model: Model): void {
    const { db, clock } = this.#options;
    signModel(db, model, this.#pair, clock.nowMs());
  }

  /**
   * Makes another key where this one was revoked. What it has signed stays revoked; the private half is overwritten.
   * @throws {KenroError} `diskFull`, `diskReadOnly`: then the next start makes it
   */
  async renewIfRevoked(): Promise<void> {
    this.#pair = (await StationKey.open(this.#options)).#pair;
  }
}
