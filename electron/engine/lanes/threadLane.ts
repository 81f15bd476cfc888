import { Worker } from 'node:worker_threads';
import { KenroError } from '../../contract/errors.ts';
import type { ErrorInfo } from '../../contract/errors.ts';
import type { ModelCard } from '../../../native-models/detectors/card.ts';
import type { Lane, Look, ModelToLoad, PartToLookAt } from './lane.ts';
import type { LanePlan } from './plan.ts';

/** What a lane's thread is asked, one method of `Lane` each, and what it answers. */
export type LaneRequest = { readonly id: number; readonly alone: boolean } & (
  | { readonly ask: 'look'; readonly part: PartToLookAt }
  | { readonly ask: 'load'; readonly model: ModelToLoad }
);
export type LaneAnswer =
  | { readonly id: number; readonly answer: Look | ModelCard }
  | { readonly id: number; readonly error: ErrorInfo };

interface Asked {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: KenroError) => void;
}

/** Run from the sources, or from what the build made of them, which has the same folders. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/**
 * Nearly all that a lane makes is done with when its part is, and V8's own limit, of up to 192 MB, lets each lane hold
 * a hundred more of it. No part is looked at faster for that: pictures, which lie outside this heap, have it collected
 * as often.
 */
const maxYoungGenerationSizeMb = 24;

/**
 * A lane on a thread of its own. A thread that dies takes the process with it, as an unheard `error` does:
 * whoever supervises the process knows what becomes of the parts under way.
 */
export function threadLane(plan: LanePlan): Lane {
  const worker = new Worker(new URL(`./laneThread.${extension}`, import.meta.url), {
    workerData: plan,
    resourceLimits: { maxYoungGenerationSizeMb },
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const underWay = new Map<number, Asked>();
  let lastId = 0;

  worker.on('message', (message: LaneAnswer) => {
    const asked = underWay.get(message.id);
    underWay.delete(message.id);
    if ('error' in message) asked?.reject(KenroError.fromInfo(message.error));
    else asked?.resolve(message.answer as never);
  });

  const ask = <Answer>(request: LaneRequest): Promise<Answer> =>
    new Promise((resolve, reject) => {
      underWay.set(request.id, { resolve, reject });
      worker.postMessage(request);
    });

  return {
    look: (part, alone) => ask<Look>({ id: ++lastId, ask: 'look', part, alone }),
    load: (model, alone) => ask<ModelCard>({ id: ++lastId, ask: 'load', model, alone }),
    close: async () => {
      worker.postMessage('close');
      await exited;
    },
  };
}
