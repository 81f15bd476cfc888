import { connectWritable } from '../../../electron/store/connect.ts';
import type { WritableDb } from '../../../electron/store/db.ts';
import { migrate } from '../../../electron/store/migrate.ts';
import { migrations } from '../../../electron/store/migrations/index.ts';
import { temporaryPaths } from './station.ts';

export interface MigratedFile {
  db: WritableDb;
  /** Applies further migrations up to this version. */
  migrateTo(version: number): void;
  tables(): string[];
  remove(): void;
}

/** A database file of an earlier schema. */
export function fileOfVersion(version: number): MigratedFile {
  const { paths, remove } = temporaryPaths();
  const db = connectWritable(paths.database);
  const file: MigratedFile = {
    db,
    migrateTo: (to) =>
      migrate(
        db,
        migrations.filter((migration) => migration.version <= to),
        'test',
      ),
    tables: () =>
      db
        .prepare<[], { name: string }>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
        .all()
        .map(({ name }) => name),
    remove: () => {
      db.close();
      remove();
    },
  };
  if (version > 0) file.migrateTo(version);
  return file;
}

/** Rows that a database of version 10 may hold. */
export const catalogueRows = `
INSERT INTO products (name, created_ms) VALUES ('disc', 1);
INSERT INTO sources (name, product_id, paused, config, created_ms) VALUES ('line', 1, 0, '{}', 1);
INSERT INTO models (sha256, name, product_id, kind, created_ms, preprocess, review_from, ng_from, origin)
  VALUES ('${'a'.repeat(64)}', 'model', 1, 'anomaly', 1, '{}', 0.5, 0.6, '{}');
UPDATE products SET active_model_id = 1;`;

/** Rows that a database of version 20 may hold, on top of those. */
export const inspectionRows = `
INSERT INTO streams (product_id, source_id, model_id, arm) VALUES (1, 1, 1, 'active'), (1, 1, NULL, 'active');
INSERT INTO lots (name) VALUES ('L');
INSERT INTO thresholds (review_from, ng_from) VALUES (0.5, 0.6);
INSERT INTO inspections (time_ms, stream_id, verdict, human, score, thresholds_id, lot_id, serial, origin,
  wait_us, decode_us, infer_us, smooth_us, store_us, image_kept, part_key)
  VALUES (1000, 1, 1, 1, 0.7, 1, 1, 'S', '1', 1, 2, 3, 4, 5, 1, unhex('${'00'.repeat(15)}01'));
INSERT INTO heatmaps VALUES (1, 2, 1, 0, 1, x'00ff');
INSERT INTO feedback (inspection_id, time_ms, word, reason) VALUES (1, 2000, 1, 'dust');`;
