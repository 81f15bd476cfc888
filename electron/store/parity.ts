import { ParityCheck } from '../contract/parity.ts';
import { row, rows, run, type ReadableDb, type WritableDb } from './db.ts';

interface ParityRow {
  model_sha256: string;
  provider: string;
  runtime: string;
  time_ms: number;
  actor: string;
  basis: string;
  passed: number;
  parts: number;
  worst: number | null;
  flips: number;
  differing: string;
}

const columns =
  'model_sha256, provider, runtime, time_ms, actor, basis, passed, parts, worst, flips, differing';

/** Where a comparison holds. */
export interface ParityPlace {
  readonly provider: string;
  readonly runtime: string;
}

/** Puts a comparison on record; earlier ones stay. */
export function addParityCheck(db: WritableDb, sha256: string, check: ParityCheck): void {
  run(
    db,
    `INSERT INTO parity_checks (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    sha256,
    check.provider,
    check.runtime,
    check.timeMs,
    check.actor,
    check.basis,
    check.passed ? 1 : 0,
    check.parts,
    check.worst,
    check.flips,
    JSON.stringify(check.differing),
  );
}

/** The newest comparison of each model's file, by its hash. */
export function newestParityChecks(db: ReadableDb): Map<string, ParityCheck> {
  const found = rows<ParityRow>(
    db,
    `SELECT ${columns} FROM parity_checks
     WHERE id IN (SELECT max(id) FROM parity_checks GROUP BY model_sha256)`,
  );
  return new Map(found.map((each) => [each.model_sha256, fromRow(each)]));
}

/** Whether the newest comparison of a model's file in this place was passed. */
export function hasPassedParity(db: ReadableDb, sha256: string, { provider, runtime }: ParityPlace): boolean {
  const newest = row<{ passed: number }>(
    db,
    `SELECT passed FROM parity_checks WHERE model_sha256 = ? AND provider = ? AND runtime = ?
     ORDER BY id DESC LIMIT 1`,
    sha256,
    provider,
    runtime,
  );
  return newest?.passed === 1;
}

function fromRow(found: ParityRow): ParityCheck {
  const { time_ms: timeMs, passed, differing, ...rest } = found;
  return ParityCheck.parse({
    ...rest,
    timeMs,
    passed: passed === 1,
    differing: JSON.parse(differing) as unknown,
  });
}
