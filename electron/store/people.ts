import { KenroError } from '../contract/errors.ts';
import type { Person, Role, SecretKind } from '../contract/people.ts';
import { row, rows, run, type ReadableDb, type WritableDb } from './db.ts';
import { uniqueName } from './names.ts';

interface PersonRow {
  id: number;
  name: string;
  role: Role;
  active: number;
  secret_kind: SecretKind;
  created_ms: number;
}

const columns = 'id, name, role, active, secret_kind, created_ms';

/** A PIN or password as it is kept: salted and hashed. */
export interface KeptSecret {
  readonly kind: SecretKind;
  readonly hash: string;
}

/** Everybody, also who may not sign in any more, oldest first. */
export function listPeople(db: ReadableDb): Person[] {
  return rows<PersonRow>(db, `SELECT ${columns} FROM people ORDER BY id`).map(fromRow);
}

/** @throws {KenroError} `notFound` (`what`, `id`). */
export function readPerson(db: ReadableDb, id: number): Person {
  const found = row<PersonRow>(db, `SELECT ${columns} FROM people WHERE id = ?`, id);
  if (found === undefined) throw new KenroError('notFound', { what: 'person', id });
  return fromRow(found);
}

/** @throws {KenroError} `conflict` (`what`, `name`) when somebody has, or had, a name that looks like this one. */
export function addPerson(
  db: WritableDb,
  { name, role, secret }: { name: string; role: Role; secret: KeptSecret },
  nowMs: number,
): Person {
  const { id } = uniqueName('person', name, () =>
    run(
      db,
      `INSERT INTO people (name, name_key, role, active, secret_kind, secret, created_ms)
       VALUES (?, ?, ?, 1, ?, ?, ?)`,
      ...[name, nameKey(name), role, secret.kind, secret.hash, nowMs],
    ),
  );
  return readPerson(db, id);
}

/** @throws {KenroError} `notFound`. */
export function changePerson(
  db: WritableDb,
  id: number,
  change: { role?: Role | undefined; active?: boolean | undefined },
): Person {
  const { role, active } = { ...readPerson(db, id), ...defined(change) };
  run(db, 'UPDATE people SET role = ?, active = ? WHERE id = ?', role, Number(active), id);
  return readPerson(db, id);
}

/** @throws {KenroError} `notFound`. */
export function setPersonSecret(db: WritableDb, id: number, { kind, hash }: KeptSecret): Person {
  readPerson(db, id);
  run(db, 'UPDATE people SET secret_kind = ?, secret = ? WHERE id = ?', kind, hash, id);
  return readPerson(db, id);
}

/** The salted hash. @throws {KenroError} `notFound`. */
export function readPersonSecret(db: ReadableDb, id: number): string {
  const found = row<{ secret: string }>(db, 'SELECT secret FROM people WHERE id = ?', id);
  if (found === undefined) throw new KenroError('notFound', { what: 'person', id });
  return found.secret;
}

/** The salted hash of the code that lets an administrator in once, or `null`: it was used up. */
export function readRecovery(db: ReadableDb): string | null {
  return row<{ secret: string }>(db, 'SELECT secret FROM recovery')?.secret ?? null;
}

/** Takes the place of the one before. */
export function setRecovery(db: WritableDb, hash: string, nowMs: number): void {
  run(db, 'INSERT OR REPLACE INTO recovery VALUES (1, ?, ?)', hash, nowMs);
}

/** How a name is compared: full-width letters, capitals and spaces make no difference. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

function defined<Shape extends object>(
  change: Shape,
): { [Key in keyof Shape]: Exclude<Shape[Key], undefined> } {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [Key in keyof Shape]: Exclude<Shape[Key], undefined> };
}

function fromRow(found: PersonRow): Person {
  return {
    id: found.id,
    name: found.name,
    role: found.role,
    active: found.active === 1,
    secretKind: found.secret_kind,
    createdMs: found.created_ms,
  };
}
