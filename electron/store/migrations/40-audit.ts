import type { Migration } from '../migrate.ts';

/** Who did what and when. Each row's hash covers the row before it, so a change anywhere breaks the chain. */
export const audit: Migration = {
  version: 40,
  name: 'audit',
  sql: `
CREATE TABLE audit (
  -- hash: SHA-256 of the hash before and of this row; see store/audit.ts.
  id INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  detail TEXT NOT NULL CHECK (json_valid(detail)),
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN
  SELECT RAISE (ABORT, 'the audit trail is append-only');
END;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN
  SELECT RAISE (ABORT, 'the audit trail is append-only');
END;
`,
};
