import type { Migration } from '../migrate.ts';

/** What returns on investment are reckoned from, by product; which reports were written by themselves. */
export const reports: Migration = {
  version: 160,
  name: 'reports',
  sql: `
CREATE TABLE roi_plans (
  product_id INTEGER PRIMARY KEY REFERENCES products (id),
  plan TEXT NOT NULL CHECK (json_valid(plan)) -- contract RoiPlan
) STRICT;

CREATE TABLE shift_reports (
  -- Reports written by the schedule, so that what was missed is known after a restart.
  due_ms INTEGER PRIMARY KEY,
  from_ms INTEGER NOT NULL,
  written_ms INTEGER NOT NULL
) STRICT;
`,
};
