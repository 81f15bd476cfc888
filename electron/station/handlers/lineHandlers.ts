import type { Handlers } from '../../contract/channels.ts';
import type { Settings } from '../../contract/domain.ts';
import { KenroError } from '../../contract/errors.ts';
import { actorName } from '../../platform/acting.ts';
import { addProduct, readProduct, removeProduct, renameProduct } from '../../store/products.ts';
import { changeSettings, readSettings } from '../../store/settings.ts';
import { addSource, changeSource, readSource, removeSource } from '../../store/sources.ts';
import { audited, type StationContext } from '../context.ts';
import { assertReadable, listFolder } from '../listFolder.ts';
import type { BackupCalls } from './backupHandlers.ts';
import type { SmoothingCalls } from './smoothingHandlers.ts';

type LineCalls =
  | `settings.${string}`
  | `provider.${string}`
  | `product.${string}`
  | `source.${string}`
  | `camera.${string}`
  | `folder.${string}`;

/** Settings, products and sources. */
export function lineHandlers(
  context: StationContext,
): Pick<Handlers, Exclude<Extract<keyof Handlers, LineCalls>, SmoothingCalls | BackupCalls>> {
  const { db, catalogue, sources, teaching, options } = context;
  const nowMs = () => options.clock.nowMs();
  const followSources = async () => {
    catalogue.changed('sources');
    try {
      // Ahead of the first part: a detector that the device was not compared on is not judged there.
      await context.providers.follow();
    } finally {
      await sources.follow(catalogue.sources);
    }
  };

  return {
    'settings.change': async (change) => {
      audited(context, 'settings.change', () => {
        const all = readSettings(db);
        const before = Object.fromEntries(
          Object.keys(change).map((key) => [key, all[key as keyof Settings]]),
        );
        return { result: changeSettings(db, change), detail: { ...change, before } };
      });
      catalogue.changed('settings');
      const isOfDevice = change.provider !== undefined || change.deviceMemoryMb !== undefined;
      if (isOfDevice) await context.providers.follow();
      return catalogue.settings;
    },
    'provider.measure': () => context.providers.measure(),

    'product.add': ({ name }) => {
      const added = audited(context, 'product.add', () => {
        const result = addProduct(db, name, nowMs());
        return { result, detail: { id: result.id, name } };
      });
      catalogue.changed('products');
      return added;
    },
    'product.rename': ({ id, name }) => {
      const renamed = audited(context, 'product.rename', () => {
        const before = readProduct(db, id).name;
        return { result: renameProduct(db, id, name), detail: { id, name, before } };
      });
      catalogue.changed('products');
      return renamed;
    },
    'product.remove': ({ id }) => {
      audited(context, 'product.remove', () => {
        const { name } = readProduct(db, id);
        return { result: removeProduct(db, id, nowMs()), detail: { id, name } };
      });
      catalogue.changed('products', 'models');
      return {};
    },

    'source.add': async ({ name, productId, config }) => {
      if (config.kind === 'folder') await assertReadable(config.path);
      const added = audited(context, 'source.add', () => {
        const result = addSource(db, { name, productId, config }, nowMs());
        return { result, detail: { id: result.id, name, productId, config } };
      });
      await followSources();
      return added;
    },
    'source.change': async ({ id, ...change }) => {
      if (change.paused === false) await context.gate.ensure(readSource(db, id).productId, actorName());
      const changed = audited(context, 'source.change', () => {
        const before = readSource(db, id);
        if (change.config && change.config.kind !== before.config.kind) {
          throw new KenroError('badRequest', { field: 'config.kind' });
        }
        return { result: changeSource(db, id, change), detail: { id, ...change } };
      });
      await followSources();
      return changed;
    },
    'source.disturb': async ({ id, disturbances }) => {
      const changed = audited(context, 'source.disturb', () => {
        const { config } = readSource(db, id);
        if (config.kind !== 'demo') throw new KenroError('badRequest', { field: 'id' });
        const result = changeSource(db, id, { config: { ...config, disturbances } });
        return { result, detail: { id, disturbances } };
      });
      await followSources();
      return changed;
    },
    'source.remove': async ({ id }) => {
      audited(context, 'source.remove', () => {
        const { name } = readSource(db, id);
        return { result: removeSource(db, id, nowMs()), detail: { id, name } };
      });
      teaching.sourceRemoved(id);
      await followSources();
      await sources.forget(id);
      return {};
    },

    'camera.frame': async ({ sourceId, image, serial }) => {
      await sources.camera(sourceId).receive(image, serial);
      return {};
    },
    'folder.list': ({ path, files }) => listFolder(path, files),
  };
}
