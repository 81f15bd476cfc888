import { dataPaths } from '../../../electron/platform/paths.ts';
import { listSources } from '../../../electron/store/sources.ts';
import { recordInspections } from '../../../electron/store/inspections.ts';
import { addLine, newPart, openForTest } from './station.ts';

/** Run as a process of its own: records parts in the given folder and says after each batch how many, until it is killed. */
const { db } = await openForTest(dataPaths(process.argv[2] as string));
const line = listSources(db).length === 0 ? addLine(db, 'disc') : { productId: 1, sourceId: 1, modelId: 1 };
const known = db.prepare('SELECT count(*) FROM inspections').pluck().get() as number;
for (let number = known; ; number += 7) {
  recordInspections(
    db,
    Array.from({ length: 7 }, (_, i) => newPart(line, number + i, { verdict: i === 0 ? 'NG' : 'OK' })),
  );
  process.stdout.write(`${number + 7}\n`);
}
