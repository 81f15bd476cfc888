import { z } from 'zod';
import {
  Backbone,
  Counters,
  EngineState,
  Inspection,
  JudgedPart,
  Model,
  Performance,
  Product,
  Settings,
  Source,
  SourceState,
} from './domain.ts';
import { Job } from './jobs.ts';
import { LineStop } from './lineStops.ts';
import { ErrorInfo } from './errors.ts';
import { Person, SessionState } from './people.ts';
import { ProviderState } from './providers.ts';
import { Rollout } from './rollout.ts';

/** What the station tells every open page, unasked. One entry an event. */
export const events = {
  /** Parts put on record since the last event, oldest first; only the newest carries its map. */
  'parts.judged': z.object({
    inspections: z.array(Inspection),
    latest: JudgedPart,
    counters: Counters,
    performance: Performance,
  }),
  'part.changed': z.object({ inspection: Inspection, counters: Counters }),
  /** Many parts at once have got a word, or lost one; `recent` are those that the page remembers, newest last. */
  'words.changed': z.object({ recent: z.array(Inspection), counters: Counters }),
  'products.changed': z.array(Product),
  'sources.changed': z.array(Source),
  'sourceStates.changed': z.array(SourceState),
  'models.changed': z.array(Model),
  'backbones.changed': z.array(Backbone),
  'engine.changed': EngineState,
  'provider.changed': ProviderState,
  'settings.changed': Settings,
  /** A reference is complete, a look was taken, or an alarm raised or acknowledged: ask again. */
  'drift.changed': z.object({ productId: z.number() }),
  /** Those that are planned or under way. */
  'rollouts.changed': z.array(Rollout),
  'job.changed': Job,
  'job.removed': z.object({ id: z.string() }),
  'lineStops.changed': z.array(LineStop),
  'notices.changed': z.array(ErrorInfo),
  /** Begun anew in place, e.g. on a restored backup: nothing that the page knows holds any more. */
  'station.restarted': z.object({}),
  'audit.verifying': z.object({ entries: z.number().int(), total: z.number().int() }),
  'people.changed': z.array(Person),
  /** Told to one page only: who is at it, and what may be done there. */
  'session.changed': SessionState,
} as const;

export type Events = typeof events;
export type EventName = keyof Events;
export type EventOf<Name extends EventName> = z.output<Events[Name]>;
export type Emit = <Name extends EventName>(name: Name, payload: EventOf<Name>) => void;
