import type { Handlers } from '../../contract/channels.ts';
import { KenroError } from '../../contract/errors.ts';
import { actorName } from '../../platform/acting.ts';
import type { StationContext } from '../context.ts';

export type BackupCalls =
  `backup.${string}` | 'storage.forecast' | `product.${'export' | 'import' | 'importUntrusted'}`;

/** Backups, what they are restored to, and products on their way from station to station. */
export function backupHandlers({
  backups,
  databaseChecks,
  pictureRetention,
  carrying,
  people,
  plantKeys,
  stationKey,
}: StationContext): Pick<Handlers, Extract<keyof Handlers, BackupCalls>> {
  return {
    'backup.status': ({ folder }) => backups.status(folder),
    'backup.make': () => backups.make(),
    'backup.check': ({ path }) => backups.check(path),
    'backup.restore': async ({ path, signature, reason }) => {
      if (!signature && people.hasAdmin) throw new KenroError('signInNeeded', { role: 'admin' });
      const actor = signature ? (await people.sign(signature, 'admin')).name : actorName();
      return backups.restore(path, { actor, reason });
    },
    'backup.checkDatabase': () => databaseChecks.start(),
    'storage.forecast': () => pictureRetention.forecast(),
    'product.export': async ({ id, folder, signer }) => {
      const pair = signer ? await plantKeys.open(signer.keyId, signer.passphrase) : stationKey.pair;
      return carrying.export(id, folder, pair);
    },
    'product.import': ({ path, name }) => carrying.import(path, name, null),
    'product.importUntrusted': ({ path, name, reason }) => carrying.import(path, name, reason),
  };
}
