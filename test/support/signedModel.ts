import { join } from 'node:path';
import type { Model } from '../../electron/contract/domain.ts';
import { readStationKey } from '../../electron/learning/signing/keys.ts';
import { signModel } from '../../electron/learning/signing/trust.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { addModel } from '../../electron/store/models.ts';

/** Puts a model into the registry of a station that has been started before, signed as if it was made there. */
export async function addSignedModel(
  db: WritableDb,
  dataDir: string,
  model: Omit<Model, 'id' | 'createdMs'>,
): Promise<Model> {
  const added = addModel(db, model, 0);
  signModel(db, added, (await readStationKey(join(dataPaths(dataDir).keys, 'station.pem')))!, 0);
  return added;
}
