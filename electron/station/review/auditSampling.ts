import { addShare, currentShare, isDrawn, type AuditShare } from '../../store/auditShares.ts';
import type { WritableDb } from '../../store/db.ts';
import type { PartKey } from '../../store/partKey.ts';
import type { Uniform } from '../../platform/random.ts';

/** One OK part in a hundred, until a product says otherwise. */
const usualPerTenThousand = 100;

/** Draws OK parts for a human to look at, by the share in force for their product. */
export class AuditSampling {
  readonly #db: WritableDb;
  readonly #random: Uniform;
  readonly #shares = new Map<number, AuditShare>();

  constructor(db: WritableDb, random: Uniform) {
    this.#db = db;
    this.#random = random;
  }

  /** @returns the id of the share that draws this part, or `null` */
  draw(productId: number, key: PartKey, timeMs: number): number | null {
    const share = this.share(productId, timeMs);
    return isDrawn(key, share) ? share.id : null;
  }

  /** In force; the first part of a product puts the usual one in force. */
  share(productId: number, nowMs: number): AuditShare {
    let share = this.#shares.get(productId) ?? currentShare(this.#db, productId);
    share ??= this.#add(productId, usualPerTenThousand, nowMs);
    this.#shares.set(productId, share);
    return share;
  }

  /** From now on. */
  set(productId: number, perTenThousand: number, nowMs: number): AuditShare {
    const share = this.#add(productId, perTenThousand, nowMs);
    this.#shares.set(productId, share);
    return share;
  }

  #add(productId: number, perTenThousand: number, fromMs: number): AuditShare {
    return addShare(this.#db, { productId, perTenThousand, fromMs, salt: this.#salt() });
  }

  /** 128 bits. */
  #salt(): string {
    const word = () => Math.floor(this.#random() * 2 ** 32).toString(16);
    return Array.from({ length: 4 }, () => word().padStart(8, '0')).join('');
  }
}
