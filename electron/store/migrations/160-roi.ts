import type { Migration } from '../migrate.ts';

/** What returns on investment are reckoned from, by product. */
export const roi: Migration = {
  version: 160,
  name: 'roi',
  sql: `
CREATE TABLE roi_plans (
  product_id INTEGER PRIMARY KEY REFERENCES products (id),
  plan TEXT NOT NULL CHECK (json_valid(plan)) -- contract RoiPlan
) STRICT;
`,
};
