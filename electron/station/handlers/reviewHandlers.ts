import { basename } from 'node:path';
import type { Handlers } from '../../contract/channels.ts';
import { KenroError } from '../../contract/errors.ts';
import { mostWordsAtOnce, type DownstreamRequest, type SayManyRequest } from '../../contract/review.ts';
import { escapeStrata } from '../../store/escapeEstimate.ts';
import { iterateHistory } from '../../store/history.ts';
import { addLimitSample, listLimitSamples, removeLimitSample } from '../../store/limitSamples.ts';
import { putOff } from '../../store/putOff.ts';
import { readProduct } from '../../store/products.ts';
import { reviewLeft, reviewQueue } from '../../store/reviewQueue.ts';
import { countHistory, rejectsOver } from '../../store/tallies.ts';
import { isFileImported, listBatches } from '../../store/wordBatches.ts';
import { audited, type StationContext } from '../context.ts';
import { checkResults } from '../review/downstreamCheck.ts';
import { ManyWords } from '../review/manyWords.ts';
import { describeTable, readTable } from '../review/downstreamTable.ts';

const batchesShown = 20;

/** The human's word: the queue, many words at once, limit samples, results from further down the line. */
export function reviewHandlers(
  context: StationContext,
): Pick<Handlers, Extract<keyof Handlers, `review.${string}` | `downstream.${string}`>> {
  const { db, sampling, engine, options } = context;
  const nowMs = () => options.clock.nowMs();
  const many = new ManyWords(context);

  return {
    'review.queue': (request) => reviewQueue(db, request),
    'review.left': (filter) => reviewLeft(db, filter),
    'review.putOff': ({ id }) => {
      putOff(db, id, nowMs());
      return {};
    },
    'review.rates': async ({ fromMs, toMs, ...filter }) => {
      const span = { fromMs, toMs };
      const periods = [{ strata: escapeStrata(db, filter, span), rejects: rejectsOver(db, span, filter) }];
      const { periods: found } = await engine.call('lineRates', { periods });
      return found[0]!;
    },
    'review.sayMany': ({ parts, word, reason }) => {
      const words = idsOf(context, parts).map((inspectionId) => ({ inspectionId, word, reason }));
      const batch = { kind: 'bulk', title: reason, fileHash: null } as const;
      return many.give(batch, words, 'review.sayMany', { word, reason, chosen: parts });
    },
    'review.takeBack': ({ id }) => many.takeBack(id),
    'review.batches': () => ({ batches: listBatches(db, batchesShown) }),

    'review.sampling': ({ productId }) => {
      readProduct(db, productId);
      const { perTenThousand, fromMs } = sampling.share(productId, nowMs());
      return { productId, perTenThousand, sinceMs: fromMs };
    },
    'review.setSampling': ({ productId, perTenThousand }) => {
      readProduct(db, productId);
      const before = sampling.share(productId, nowMs()).perTenThousand;
      const share = audited(context, 'review.sampling', () => ({
        result: sampling.set(productId, perTenThousand, nowMs()),
        detail: { productId, perTenThousand, before },
      }));
      return { productId, perTenThousand: share.perTenThousand, sinceMs: share.fromMs };
    },

    'review.limits': ({ productId }) => ({ samples: listLimitSamples(db, productId) }),
    'review.addLimit': (given) =>
      audited(context, 'limitSample.add', () => {
        const result = addLimitSample(db, given, nowMs());
        return { result, detail: { id: result.id, ...given } };
      }),
    'review.removeLimit': ({ id }) => {
      audited(context, 'limitSample.remove', () => {
        const { inspection, word, label } = removeLimitSample(db, id, nowMs());
        return { result: null, detail: { id, inspectionId: inspection.id, word, label } };
      });
      return {};
    },

    'downstream.read': async ({ path }) => describeTable(path, await readTable(path)),
    'downstream.check': async (request) => (await checkFile(context, request)).check,
    'downstream.import': async ({ leftOut, ...request }) => {
      const { check, words } = await checkFile(context, request);
      // The record has grown since the page showed it: what was agreed to does not hold any more.
      if (check.leftOut !== leftOut) throw new KenroError('selectionChanged', { parts: check.leftOut });
      const { path, sha256, mapping } = request;
      const batch = { kind: 'import', title: basename(path), fileHash: sha256 } as const;
      const { ok, ng, overrides, escapes } = check;
      const counts = { ok, ng, overrides, escapes, leftOut };
      return many.give(batch, words, 'downstream.import', { path, sha256, mapping, ...counts });
    },
  };
}

function idsOf({ db }: StationContext, parts: SayManyRequest['parts']): number[] {
  if (parts.by === 'ids') return parts.ids;
  const count = countHistory(db, parts.filter);
  if (count > mostWordsAtOnce) throw new KenroError('tooManyParts', { parts: count, most: mostWordsAtOnce });
  if (count !== parts.count) throw new KenroError('selectionChanged', { parts: count });
  return [...iterateHistory(db, parts.filter)].flat().map(({ id }) => id);
}

async function checkFile({ db }: StationContext, { path, sha256, mapping }: DownstreamRequest) {
  const table = await readTable(path);
  if (table.sha256 !== sha256) throw new KenroError('fileChanged', { path });
  if (isFileImported(db, sha256)) throw new KenroError('fileImported', { path });
  const checked = await checkResults(db, table.lines, mapping);
  const parts = checked.words.length;
  if (parts > mostImported) throw new KenroError('tooManyParts', { parts, most: mostImported });
  return checked;
}

/** So many words of one file at most: a minute or so of a busy computer. */
const mostImported = 20_000;
