import { isDeepStrictEqual } from 'node:util';
import type { Handlers } from '../../contract/channels.ts';
import { KenroError } from '../../contract/errors.ts';
import { everything } from '../../contract/history.ts';
import { decide } from '../../contract/verdict.ts';
import { findKept } from '../../engine/keptPictures.ts';
import { modelFile } from '../../learning/modelFiles.ts';
import { pageHistory } from '../../store/history.ts';
import { partKeyOf, readInspection } from '../../store/inspections.ts';
import { readModel } from '../../store/models.ts';
import { readProduct, setProductSmoothing } from '../../store/products.ts';
import { looksSince } from '../../store/tallies.ts';
import { audited, type StationContext } from '../context.ts';
import { startOfDay } from '../days.ts';

export type SmoothingCalls = 'product.smoothing' | 'product.looks' | 'product.noise' | 'history.repeat';

/** Among so many of a product's newest parts some have their picture. */
const searched = 100;

/** Looking again at parts near a threshold, under noise. */
export function smoothingHandlers(context: StationContext): Pick<Handlers, SmoothingCalls> {
  const { db, catalogue, engine, trainEngine, paths, options } = context;

  return {
    'product.smoothing': ({ id, smoothing }) => {
      const product = audited(context, 'product.smoothing', () => {
        const { name, smoothing: before = null } = readProduct(db, id);
        return {
          result: setProductSmoothing(db, id, smoothing),
          detail: { id, name, smoothing, before },
        };
      });
      catalogue.changed('products');
      context.warmUp();
      return product;
    },

    'product.looks': ({ id }) => looksSince(db, startOfDay(options.clock.nowMs()), { productId: id }),

    'product.noise': async ({ id, smoothing, index }) => {
      const { activeModelId } = readProduct(db, id);
      if (activeModelId === null) throw new KenroError('noModel');
      const { preprocess } = readModel(db, activeModelId);
      const filter = { ...everything, productId: id };
      const { rows } = pageHistory(db, { filter, before: null, after: null, limit: searched });
      for (let tried = 0; tried < rows.length; tried++) {
        const { id: partId, imageHash, imageKept } = rows[(index + tried) % rows.length]!;
        const path = imageKept && imageHash !== null ? await findKept(paths.images, imageHash) : null;
        const request = { key: partKeyOf(db, partId), path, preprocess, smoothing };
        const { pictures, fewestLooks } = await engine.call('noisyPicture', request);
        if (pictures) return { partId, fewestLooks, ...asBase64(pictures) };
      }
      throw new KenroError('tooFewImages', { found: 0, needed: 1 });
    },

    'history.repeat': async ({ id }) => {
      const { certificate, imageHash, modelId, score, thresholds } = readInspection(db, id);
      if (!certificate || score === null || !thresholds || modelId === null) {
        throw new KenroError('notFound', { what: 'certificate', id });
      }
      const image = imageHash === null ? null : await findKept(paths.images, imageHash);
      if (image === null) throw new KenroError('imageVanished', { path: `#${id}` });
      const { sha256 } = readModel(db, modelId);
      const repeated = await trainEngine.use((client) =>
        client.call('repeatLooks', {
          model: { path: modelFile(paths.models, sha256), sha256 },
          image,
          first: decide(score, thresholds),
          certificate,
        }),
      );
      return { certificate: repeated, isSame: isDeepStrictEqual(repeated, certificate) };
    },
  };
}

function asBase64({ plain, noisy }: { readonly plain: Uint8Array; readonly noisy: Uint8Array }) {
  const text = (jpeg: Uint8Array) => Buffer.from(jpeg).toString('base64');
  return { plain: text(plain), noisy: text(noisy) };
}
