import { createHash } from 'node:crypto';
import { row, rows, run, type ReadableDb, type WritableDb } from './db.ts';
import { partKeyBytes, type PartKey } from './partKey.ts';

/** Which share of a product's OK parts is drawn for a human to look at, from a moment on. */
export interface AuditShare {
  readonly id: number;
  readonly productId: number;
  readonly fromMs: number;
  /** 0..10,000 */
  readonly perTenThousand: number;
  readonly salt: string;
}

interface ShareRow {
  id: number;
  product_id: number;
  from_ms: number;
  per_ten_thousand: number;
  salt: string;
}

const columns = 'id, product_id, from_ms, per_ten_thousand, salt';
const whole = 10_000;

/**
 * Whether a part is drawn. It depends on nothing but salt, key and share, so that an auditor can recompute it and a
 * restart changes nothing; a part drawn at one share is drawn at every larger one too.
 */
export function isDrawn(key: PartKey, { salt, perTenThousand }: Pick<AuditShare, 'salt' | 'perTenThousand'>) {
  const hash = createHash('sha256').update(salt).update(partKeyBytes(key)).digest();
  return hash.readUInt32BE(0) % whole < perTenThousand;
}

/** All shares there were of a product, oldest first. */
export function listShares(db: ReadableDb, productId: number): AuditShare[] {
  return rows<ShareRow>(
    db,
    `SELECT ${columns} FROM audit_shares WHERE product_id = ? ORDER BY from_ms, id`,
    productId,
  ).map(fromRow);
}

/** The share set last, or `null` while none ever was. */
export function currentShare(db: ReadableDb, productId: number): AuditShare | null {
  const found = row<ShareRow>(
    db,
    `SELECT ${columns} FROM audit_shares WHERE product_id = ? ORDER BY from_ms DESC, id DESC LIMIT 1`,
    productId,
  );
  return found === undefined ? null : fromRow(found);
}

/** From the given moment on. The product keeps its first salt. */
export function addShare(
  db: WritableDb,
  { productId, fromMs, perTenThousand, salt }: Omit<AuditShare, 'id'>,
): AuditShare {
  const kept = currentShare(db, productId)?.salt ?? salt;
  const { id } = run(
    db,
    'INSERT INTO audit_shares (product_id, from_ms, per_ten_thousand, salt) VALUES (?, ?, ?, ?)',
    productId,
    fromMs,
    perTenThousand,
    kept,
  );
  return { id, productId, fromMs, perTenThousand, salt: kept };
}

function fromRow(found: ShareRow): AuditShare {
  return {
    id: found.id,
    productId: found.product_id,
    fromMs: found.from_ms,
    perTenThousand: found.per_ten_thousand,
    salt: found.salt,
  };
}
