import { join } from 'node:path';
import type { DemoConfig } from '../../electron/contract/domain.ts';
import { everything } from '../../electron/contract/history.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { dataPaths } from '../../electron/platform/paths.ts';
import { addDriftParts, beginWatch, type DriftPart } from '../../electron/store/drift.ts';
import { pageHistory } from '../../electron/store/history.ts';
import { listModels } from '../../electron/store/models.ts';
import { openStore } from '../../electron/store/open.ts';
import { listProducts } from '../../electron/store/products.ts';
import { listSources } from '../../electron/store/sources.ts';
import { openDetector } from '../../native-models/detectors/detector.ts';
import { drawPart } from '../../native-models/images/procedural/draw.ts';
import { pictureFigures } from '../../native-models/images/site/pictureFigures.ts';
import { usualDriftPlan } from '../../native-models/statistics/drift/watch.ts';

/**
 * Puts the reference of the first product on record as its demo line would have: with its own parts, its own detector
 * and the disturbances that it is set to.
 * @param dataDir of a station that does not run
 */
export async function recordReference(dataDir: string): Promise<void> {
  const paths = dataPaths(dataDir);
  const { db } = await openStore(paths, { clock: systemClock, app: 'test' });
  const product = listProducts(db)[0]!;
  const model = listModels(db).find(({ id }) => id === product.activeModelId)!;
  const { part, seed, defectRate, disturbances } = listSources(db)[0]!.config as DemoConfig;
  const detector = await openDetector(join(paths.models, `${model.sha256}.onnx`), { embeds: true });
  const kept = pageHistory(db, { filter: everything, before: null, after: null, limit: 50 }).rows;
  const nowMs = systemClock.nowMs();
  const parts: DriftPart[] = [];
  try {
    for (let index = 0; index < usualDriftPlan.referenceParts; index++) {
      const { picture } = drawPart({ part, seed, index, defectRate, disturbances });
      const { score, embedding } = await detector.judge(picture);
      const number = index + 1;
      const { id: inspectionId, imageKept } = kept[number % kept.length]!;
      const timeMs = nowMs - 3_600_000 + number * 1000;
      const values = { score, ...pictureFigures(picture) };
      parts.push({ number, inspectionId, imageKept, timeMs, values, embedding });
    }
    const { id } = beginWatch(db, product.id, model.id, nowMs - 3_600_000);
    addDriftParts(db, id, parts, { first: parts.length, last: parts.length });
  } finally {
    await detector.close();
    db.close();
  }
}
