import type { Migration } from '../migrate.ts';

/** Which pictures are kept, so that one is deleted only where no part needs it any more. */
export const keptPictures: Migration = {
  version: 200,
  name: 'keptPictures',
  sql: `
CREATE INDEX inspections_by_kept ON inspections (image_hash) WHERE image_kept = 1;
`,
};
