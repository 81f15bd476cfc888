import type { Migration } from '../migrate.ts';

/** Who can sign in, and how often it went wrong. */
export const people: Migration = {
  version: 90,
  name: 'people',
  sql: `
CREATE TABLE people (
  -- Never deleted: the audit trail names them. name_key: the name as it is compared, so that two cannot look alike.
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('operator', 'supervisor', 'qa', 'admin')),
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  secret_kind TEXT NOT NULL CHECK (secret_kind IN ('pin', 'password')),
  secret TEXT NOT NULL CHECK (secret LIKE 'scrypt$%'), -- salted and hashed; see station/people/secrets.ts
  created_ms INTEGER NOT NULL
) STRICT;
CREATE TRIGGER people_kept BEFORE DELETE ON people BEGIN
  SELECT RAISE (ABORT, 'a person is never deleted');
END;
CREATE TABLE recovery (
  -- The one code that lets an administrator in who has lost the password; works once.
  id INTEGER PRIMARY KEY CHECK (id = 1),
  secret TEXT NOT NULL CHECK (secret LIKE 'scrypt$%'),
  created_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE sign_in_failures (
  -- In a row; a row goes when its subject signs in. subject: 'person:ID' or 'recovery'.
  subject TEXT PRIMARY KEY,
  failures INTEGER NOT NULL CHECK (failures > 0),
  last_ms INTEGER NOT NULL
) STRICT;
`,
};
