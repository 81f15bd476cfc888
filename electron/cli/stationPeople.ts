import { KenroError } from '../contract/errors.ts';
import type { Person } from '../contract/people.ts';
import type { Clock } from '../platform/clock.ts';
import { lockFolder } from '../platform/folderLock.ts';
import { programVersion } from '../platform/places.ts';
import { newRecoveryCode } from '../station/people/recoveryCode.ts';
import { hashSecret } from '../station/people/secrets.ts';
import { appendAudit } from '../store/audit.ts';
import { transaction } from '../store/db.ts';
import { openStore } from '../store/open.ts';
import { listPeople, setRecovery } from '../store/people.ts';
import { reading, stationPaths } from './registry.ts';

/** @throws {KenroError} `folderMissing` when no station has ever run there */
export function listStationPeople(dataDir: string | undefined): Person[] {
  return reading(stationPaths(dataDir), listPeople);
}

/**
 * Makes a recovery code in the place of the one that was lost. Whoever may do this may write the data folder anyway; the
 * audit trail tells that it was done.
 * @throws {KenroError} `notFound` while there is no administrator; `conflict` while a station uses the folder
 */
export async function makeRecoveryCode(
  dataDir: string | undefined,
  clock: Clock,
): Promise<{ code: string; names: string[] }> {
  const paths = stationPaths(dataDir);
  const lock = await lockFolder(paths.root);
  const { db } = await openStore(paths, { clock, app: programVersion() });
  try {
    const names = listPeople(db).flatMap(({ role, name }) => (role === 'admin' ? [name] : []));
    if (names.length === 0) throw new KenroError('notFound', { what: 'administrator' });
    const code = newRecoveryCode();
    const hash = await hashSecret(code);
    transaction(db, () => {
      setRecovery(db, hash, clock.nowMs());
      appendAudit(db, { actor: 'terminal', action: 'people.recoveryCode', detail: {} }, clock.nowMs());
    });
    return { code, names };
  } finally {
    db.close();
    await lock.release();
  }
}
