import type { ModelCard } from '../../../native-models/detectors/card.ts';
import type { Lane, Look, ModelToLoad, PartToLookAt } from './lane.ts';

/** All the lanes of an engine process. */
export interface Lanes {
  /** Parts being looked at when there are enough of them. */
  readonly atOnce: number;
  /** Parts come to a lane in the order of these calls; their looks may end in another. */
  look(part: PartToLookAt): Promise<Look>;
  /**
   * Opens a detector for the next part; the lanes that come in only when parts queue open theirs afterwards.
   * @throws {ModelError | KenroError} why it cannot be opened
   */
  load(model: ModelToLoad): Promise<ModelCard>;
  /** Resolves when the parts that have come are done and the lanes are closed. */
  close(): Promise<void>;
}

interface Waiting {
  readonly part: PartToLookAt;
  readonly resolve: (look: Promise<Look>) => void;
}

/**
 * Shares parts out among lanes. A part that comes alone goes to the first lane and has the processor to itself;
 * parts that queue go to whichever lane is free, and share it.
 *
 * @param open called for each lane when it is first needed
 */
export function lanes(count: number, open: () => Lane): Lanes {
  const opened: (Lane | undefined)[] = new Array<undefined>(count).fill(undefined);
  // Each lane takes a second part, which is decoded while the network runs on the first.
  const places = [...opened.keys(), ...opened.keys()];
  const looking = new Map<number, Promise<unknown>>();
  const waiting: Waiting[] = [];

  const lane = (at: number) => (opened[at] ??= open());

  const share = () => {
    while (waiting[0]) {
      const place = places.findIndex((_, at) => !looking.has(at));
      if (place < 0) return;
      const alone = looking.size === 0 && waiting.length === 1;
      const { part, resolve } = waiting.shift() as Waiting;
      const look = lane(places[place] as number).look(part, alone);
      const free = () => {
        looking.delete(place);
        share();
      };
      looking.set(place, look.then(free, free));
      resolve(look);
    }
  };

  return {
    atOnce: places.length,
    look: (part) =>
      new Promise((resolve) => {
        waiting.push({ part, resolve });
        share();
      }),
    load: async (model) => {
      const card = await lane(0).load(model, true);
      for (const at of opened.keys()) {
        // What is wrong with it is told with the first part.
        lane(at)
          .load(model, false)
          .catch(() => undefined);
      }
      return card;
    },
    close: async () => {
      while (looking.size > 0) await Promise.all(looking.values());
      await Promise.all(opened.map((each) => each?.close()));
    },
  };
}
