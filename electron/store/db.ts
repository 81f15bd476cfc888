import type Database from 'better-sqlite3';
import { fromSqlite, isCorrupt } from './errors.ts';
import { markSuspect } from './suspect.ts';

declare const readable: unique symbol;
declare const writable: unique symbol;

/** A connection that may be read from. Made by `openStore` and `openReadable` only. */
export type ReadableDb = Database.Database & { readonly [readable]: true };
/** The one connection that may write. A function that takes a `ReadableDb` promises not to. */
export type WritableDb = ReadableDb & { readonly [writable]: true };

export type SqlValue = string | number | bigint | Uint8Array | null;
export type Row = Record<string, SqlValue>;

interface Memory {
  statements: Map<string, Database.Statement<SqlValue[], Row>>;
  /** Ids of interned rows by their text key; forgotten at each rollback, since the rows may be gone. */
  interned: Map<string, number>;
}
const memories = new WeakMap<ReadableDb, Memory>();

function memoryOf(db: ReadableDb): Memory {
  let memory = memories.get(db);
  if (memory === undefined) {
    memory = { statements: new Map(), interned: new Map() };
    memories.set(db, memory);
  }
  return memory;
}

function statement(db: ReadableDb, sql: string): Database.Statement<SqlValue[], Row> {
  const { statements } = memoryOf(db);
  let prepared = statements.get(sql);
  if (prepared === undefined) {
    prepared = db.prepare<SqlValue[], Row>(sql);
    statements.set(sql, prepared);
  }
  return prepared;
}

function guarded<Result>(db: ReadableDb, work: () => Result): Result {
  try {
    return work();
  } catch (thrown) {
    const failure = fromSqlite(thrown, db.name);
    if (isCorrupt(failure)) markSuspect(db.name);
    throw failure;
  }
}

/** All rows of a query. Statements are prepared once a connection and text. */
export function rows<Shape = Row>(db: ReadableDb, sql: string, ...values: SqlValue[]): Shape[] {
  return guarded(db, () => statement(db, sql).all(...values) as Shape[]);
}

/** The first row of a query, if there is one. */
export function row<Shape = Row>(db: ReadableDb, sql: string, ...values: SqlValue[]): Shape | undefined {
  return guarded(db, () => statement(db, sql).get(...values) as Shape | undefined);
}

/** Runs one writing statement. `id` is the rowid of the row inserted last on this connection. */
export function run(db: WritableDb, sql: string, ...values: SqlValue[]): { changes: number; id: number } {
  return guarded(db, () => {
    const { changes, lastInsertRowid } = statement(db, sql).run(...values);
    return { changes, id: Number(lastInsertRowid) };
  });
}

/** All or nothing. Inside another transaction it becomes a savepoint of that one. */
export function transaction<Result>(db: WritableDb, work: () => Result): Result {
  try {
    return guarded(db, () => db.transaction(work).immediate());
  } catch (thrown) {
    memoryOf(db).interned.clear();
    throw thrown;
  }
}

/** Several reads of one and the same state, and with one lock between them, which makes short ones much cheaper. */
export function snapshot<Result>(db: ReadableDb, work: () => Result): Result {
  if (db.inTransaction) return work();
  return guarded(db, () => db.transaction(work).deferred());
}

/** Enough for what is in use at a time; a line with a new lot for every part must not fill the memory. */
const mostInterned = 10_000;

/** Remembers the id found or made for a key, until a rollback. */
export function interned(db: WritableDb, key: string, find: () => number): number {
  const known = memoryOf(db).interned;
  let id = known.get(key);
  if (id === undefined) {
    id = find();
    if (known.size >= mostInterned) known.clear();
    known.set(key, id);
  }
  return id;
}
