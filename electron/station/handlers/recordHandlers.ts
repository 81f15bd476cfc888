import type { Handlers } from '../../contract/channels.ts';
import { pageAudit } from '../../store/audit.ts';
import { defectCounts } from '../../store/defects.ts';
import { giveFeedback, withdrawFeedback } from '../../store/feedback.ts';
import { pageHistory, readPart } from '../../store/history.ts';
import { countHistory, trendPoints } from '../../store/tallies.ts';
import { audited, type StationContext } from '../context.ts';
import { dayStarts } from '../days.ts';
import type { SmoothingCalls } from './smoothingHandlers.ts';

type RecordCalls =
  | `station.${string}`
  | `feedback.${string}`
  | `history.${string}`
  | 'trend.points'
  | `audit.${string}`
  | `notice.${string}`;

/** What is on record, and the human's word on it. */
export function recordHandlers(
  context: StationContext,
): Pick<Handlers, Exclude<Extract<keyof Handlers, RecordCalls>, SmoothingCalls>> {
  const { db, catalogue, sources, tally, jobs, engine, notices, options, rollouts } = context;

  return {
    'station.snapshot': () => ({
      version: options.version,
      shell: options.shell,
      nowMs: options.clock.nowMs(),
      settings: catalogue.settings,
      products: catalogue.products,
      sources: catalogue.sources,
      sourceStates: sources.states(),
      models: catalogue.models,
      backbones: catalogue.backbones,
      engine: engine.state,
      counters: tally.counters(),
      performance: tally.performance(),
      provider: context.providers.state,
      recent: tally.recent,
      latest: tally.latest,
      jobs: jobs.list(),
      lineStops: context.lineStops.open,
      notices: [...notices],
      people: context.people.list,
      session: context.people.session,
    }),

    'feedback.give': (given) => {
      const inspection = audited(context, 'label.give', () => ({
        result: giveFeedback(db, given, options.clock.nowMs()),
        detail: { ...given },
      }));
      tally.partChanged(inspection);
      rollouts.recorded();
      return inspection;
    },
    'feedback.withdraw': ({ inspectionId }) => {
      const inspection = audited(context, 'label.withdraw', () => ({
        result: withdrawFeedback(db, inspectionId, options.clock.nowMs()),
        detail: { inspectionId },
      }));
      tally.partChanged(inspection);
      rollouts.recorded();
      return inspection;
    },

    'history.page': (request) => pageHistory(db, request),
    'history.count': ({ filter }) => ({ count: countHistory(db, filter) }),
    'history.defects': ({ filter }) => ({ defects: defectCounts(db, filter) }),
    'history.part': ({ id }) => readPart(db, id),
    'trend.points': (request) => ({ points: trendPoints(db, request, dayStarts) }),
    'audit.page': ({ before, limit, filter }) => pageAudit(db, before, limit, filter),
    'audit.verify': () =>
      context.auditAnchor.verify((entries, total) => options.emit('audit.verifying', { entries, total })),

    'notice.dismiss': ({ index }) => {
      notices.splice(index, 1);
      options.emit('notices.changed', [...notices]);
      return {};
    },
  };
}
