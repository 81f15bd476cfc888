import type { Handlers } from '../../contract/channels.ts';
import { KenroError } from '../../contract/errors.ts';
import { isUncleared } from '../../contract/probe.ts';
import { signModel, trustOf } from '../../learning/signing/trust.ts';
import { actorName } from '../../platform/acting.ts';
import { readModel } from '../../store/models.ts';
import { listKeys, modelProbe, revokeKey, setModelOverride } from '../../store/signing.ts';
import { audited, type StationContext } from '../context.ts';

type SigningCalls = `key.${string}` | 'model.probe' | 'model.sign' | 'model.trust';

/** Keys whose signatures count, and signing models by them. */
export function signingHandlers(
  context: StationContext,
): Pick<Handlers, Extract<keyof Handlers, SigningCalls>> {
  const { db, catalogue, options, paths, plantKeys, probing, stationKey } = context;
  const { clock } = options;

  return {
    'key.list': () => ({ keys: listKeys(db), folder: paths.keys }),
    'key.make': async ({ name, passphrase }) => ({ key: await plantKeys.make(name, passphrase) }),
    'key.add': async ({ name, path }) => {
      const key = await plantKeys.add(name, path);
      // What it has signed counts from now on.
      catalogue.changed('models');
      return { key };
    },
    'key.revoke': async ({ keyId, reason }) => {
      const key = audited(context, 'key.revoke', () => {
        const result = revokeKey(db, keyId, reason, clock.nowMs());
        return { result, detail: { keyId, name: result.name, reason } };
      });
      catalogue.changed('models');
      if (key.owner === 'station') await stationKey.renewIfRevoked();
      return { key };
    },
    'model.probe': ({ id }) => probing.start(id),
    'model.sign': async ({ id, keyId, passphrase }) => {
      const pair = await plantKeys.open(keyId, passphrase);
      const model = readModel(db, id);
      audited(context, 'model.sign', () => {
        signModel(db, model, pair, clock.nowMs());
        return { result: null, detail: { id, name: model.name, sha256: model.sha256, keyId } };
      });
      catalogue.changed('models');
      return trustOf(db, model);
    },
    'model.trust': ({ id, reason }) => {
      const model = readModel(db, id);
      const { state, override } = trustOf(db, model);
      const isSuspicious = isUncleared(modelProbe(db, id), override);
      if (state === 'signed' && !isSuspicious)
        throw new KenroError('conflict', { what: 'model', name: model.name });
      audited(context, 'model.trust', () => {
        setModelOverride(db, id, { actor: actorName(), reason, timeMs: clock.nowMs() });
        return {
          result: null,
          detail: { id, name: model.name, sha256: model.sha256, state, isSuspicious, reason },
        };
      });
      catalogue.changed('models');
      return trustOf(db, model);
    },
  };
}
