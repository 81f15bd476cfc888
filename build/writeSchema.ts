import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../electron/platform/clock.ts';
import { dataPaths } from '../electron/platform/paths.ts';
import { openStore } from '../electron/store/open.ts';
import { schemaText } from '../electron/store/schemaText.ts';

/** Writes `electron/store/SCHEMA.md` from a database that all migrations have just made. */
const root = mkdtempSync(join(tmpdir(), 'kenro-schema-'));
const { db } = await openStore(dataPaths(root), { clock: systemClock, app: 'schema' });
writeFileSync(join(import.meta.dirname, '../electron/store/SCHEMA.md'), schemaText(db));
db.close();
rmSync(root, { recursive: true });
