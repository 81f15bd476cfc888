import type { Handlers } from '../../contract/channels.ts';
import { KenroError } from '../../contract/errors.ts';
import type { ScorePeriod } from '../../contract/operating.ts';
import { comparing } from '../../contract/rollout.ts';
import { isSamePair } from '../../contract/verdict.ts';
import { statedCosts } from '../../learning/statedCosts.ts';
import { readModel, setModelThresholds } from '../../store/models.ts';
import { refuseInRollout } from '../../store/rollouts.ts';
import type { Span } from '../../store/spans.ts';
import { audited, type StationContext } from '../context.ts';
import { gatherRecord } from '../lineRecord.ts';
import { replay, scoreHistogram } from '../scoreReplay.ts';

/** Draws of the bootstrap: the same question gets the same answer. */
const seed = 0;

/** Setting a model's thresholds by what is on record. */
export function thresholdHandlers(
  context: StationContext,
): Pick<Handlers, Extract<keyof Handlers, `thresholds.${string}`>> {
  const { db, catalogue, records, trainEngine } = context;

  return {
    'thresholds.scores': (period) => scoreHistogram(db, readModel(db, period.modelId), spanOf(period)),
    'thresholds.replay': ({ thresholds, limit, ...period }) =>
      replay(db, readModel(db, period.modelId), spanOf(period), thresholds, limit),
    'thresholds.weigh': async ({ draft, places, ...period }) => {
      const model = readModel(db, period.modelId);
      const { record, ...about } = gatherRecord(db, model, spanOf(period));
      const stated = await statedCosts(records, model.productId);
      const job = { record, current: model.thresholds, draft, costs: stated, places, seed };
      const figures = await trainEngine.use((engine) => engine.call('weighRecord', job));
      return { ...figures, ...about, stated };
    },
    'thresholds.apply': ({ id, from, to, reason }) => {
      const model = audited(context, 'model.thresholds', () => {
        refuseInRollout(db, id, comparing);
        const { thresholds: before, name } = readModel(db, id);
        // Somebody else has set others meanwhile: what was looked at does not hold any more.
        if (!isSamePair(before, from)) throw new KenroError('thresholdsChanged', { name });
        return { result: setModelThresholds(db, id, to), detail: { id, thresholds: to, before, reason } };
      });
      catalogue.changed('models');
      return model;
    },
    'thresholds.undo': ({ id, to }) => {
      const model = audited(context, 'model.thresholds', () => {
        refuseInRollout(db, id, comparing);
        const { thresholds: before, previousThresholds: previous, name } = readModel(db, id);
        if (previous === undefined || !isSamePair(previous, to)) {
          throw new KenroError('thresholdsChanged', { name });
        }
        const detail = { id, thresholds: previous, before, undo: true };
        return { result: setModelThresholds(db, id, previous), detail };
      });
      catalogue.changed('models');
      return model;
    },
  };
}

function spanOf({ fromMs, toMs }: ScorePeriod): Span {
  return { fromMs: fromMs ?? 0, toMs: toMs ?? Number.MAX_SAFE_INTEGER };
}
