import { join } from 'node:path';
import type { Inspection } from '../../electron/contract/domain.ts';
import type { ImageSource } from '../../electron/contract/engine.ts';
import type { ProductSmoothing } from '../../electron/contract/smoothing.ts';
import type { Thresholds } from '../../electron/contract/verdict.ts';
import type { EngineClient } from '../../electron/engine/client.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import type { Part, PartSource } from '../../electron/station/part.ts';
import { Pipeline } from '../../electron/station/pipeline.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { openStore } from '../../electron/store/open.ts';
import { numberedPartKey } from '../../electron/store/partKey.ts';
import { addLine } from '../store/support/station.ts';

export interface BenchModel {
  readonly path: string;
  readonly sha256: string;
  readonly thresholds: Thresholds;
}

/** The station's own pipeline between an in-memory source, a real engine process and a real database. */
export async function openBenchLine(
  root: string,
  engine: EngineClient,
  model: BenchModel,
  smoothing?: ProductSmoothing,
) {
  const { db } = await openStore(dataPaths(join(root, 'data')), { clock: systemClock, app: 'bench' });
  const { productId, sourceId, modelId } = addLine(db, 'bench');
  let queue: Part[] = [];
  let number = 0;
  let onRecorded: (inspections: readonly Inspection[]) => void = () => undefined;
  const source: PartSource = {
    id: sourceId,
    get waiting() {
      return queue.length;
    },
    take: () => queue.shift() ?? null,
    accepts: () => true,
    recorded: () => undefined,
  };
  const pipeline = new Pipeline({
    engine,
    clock: systemClock,
    record: (parts) => recordInspections(db, parts),
    context: () => ({ productId, lot: '', model: { ...model, id: modelId }, smoothing }),
    recordShadow: () => undefined,
    keepsOk: () => false,
    draws: () => null,
    onRecorded: (parts) => onRecorded(parts.map(({ inspection }) => inspection)),
    onHeld: (error) => {
      if (error) throw new Error(error.kind);
    },
    onBug: (thrown) => {
      throw thrown;
    },
  });
  pipeline.attach(source);

  const offer = (images: readonly ImageSource[]) => {
    queue = images.map((image) => {
      number += 1;
      const origin = String(number);
      return {
        key: numberedPartKey(sourceId, number),
        sourceId,
        origin,
        serial: '',
        image,
        readyMs: systemClock.monotonicMs(),
      };
    });
  };

  return {
    /** Resolves when all of these are on record, with what it says of them. */
    judgeAll(images: readonly ImageSource[]): Promise<Inspection[]> {
      const recorded: Inspection[] = [];
      return new Promise((resolve) => {
        onRecorded = (inspections) => {
          recorded.push(...inspections);
          if (recorded.length === images.length) resolve(recorded);
        };
        offer(images);
        pipeline.pump();
      });
    },
    async close() {
      await pipeline.stop();
      db.close();
    },
  };
}
