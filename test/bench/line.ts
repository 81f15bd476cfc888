import { join } from 'node:path';
import type { Inspection } from '../../electron/contract/domain.ts';
import type { ImageSource } from '../../electron/contract/engine.ts';
import { planOf } from '../../electron/contract/rollout.ts';
import type { ProductSmoothing } from '../../electron/contract/smoothing.ts';
import type { Thresholds } from '../../electron/contract/verdict.ts';
import type { EngineClient } from '../../electron/engine/client.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import type { Part, PartSource } from '../../electron/station/part.ts';
import { Pipeline } from '../../electron/station/pipeline.ts';
import type { ShadowAsk } from '../../electron/station/shadows.ts';
import type { WritableDb } from '../../electron/store/db.ts';
import { recordInspections } from '../../electron/store/inspections.ts';
import { addModel } from '../../electron/store/models.ts';
import { openStore } from '../../electron/store/open.ts';
import { numberedPartKey } from '../../electron/store/partKey.ts';
import { addRollout } from '../../electron/store/rollouts.ts';
import { recordShadows } from '../../electron/store/shadows.ts';
import { addLine, newModel, startMs, type Line } from '../store/support/station.ts';

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
  { smoothing, candidate }: { smoothing?: ProductSmoothing; candidate?: BenchModel } = {},
) {
  const { db } = await openStore(dataPaths(join(root, 'data')), { clock: systemClock, app: 'bench' });
  const { productId, sourceId, modelId } = addLine(db, 'bench');
  const shadow = candidate && addVerification(db, { productId, sourceId, modelId }, candidate);
  let isShadowed = false;
  let shadows = 0;
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
    context: () => ({
      ...{ productId, lot: '', model: { ...model, id: modelId }, smoothing },
      shadow: isShadowed ? shadow : undefined,
    }),
    recordShadow: (judged) => {
      recordShadows(db, [judged]);
      shadows += 1;
    },
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
    /** From now on, the candidate judges each part too, or no part. */
    shadowed(is: boolean): void {
      isShadowed = is;
    },
    /** How many parts the candidate has judged. */
    get shadows(): number {
      return shadows;
    },
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

/** A rollout whose candidate looks at the line's parts. */
function addVerification(
  db: WritableDb,
  { productId, sourceId, modelId }: Line,
  candidate: BenchModel,
): ShadowAsk {
  const { sha256, thresholds } = candidate;
  const { id } = addModel(db, { ...newModel(productId, 'candidate'), sha256, thresholds }, startMs);
  const plan = { ...planOf.demo, sourceIds: [sourceId] };
  const models = { currentModelId: modelId, candidateModelId: id };
  const rollout = addRollout(db, { productId, ...models, salt: 'a5', plan }, startMs);
  return { rolloutId: rollout.id, model: { ...candidate, id } };
}
