import { join } from 'node:path';
import { everything } from '../../electron/contract/history.ts';
import { systemClock } from '../../electron/platform/clock.ts';
import { dataPaths, type DataPaths } from '../../electron/platform/paths.ts';
import { pageHistory } from '../../electron/store/history.ts';
import { listModels } from '../../electron/store/models.ts';
import { openStore } from '../../electron/store/open.ts';
import { listProducts } from '../../electron/store/products.ts';
import { listSources } from '../../electron/store/sources.ts';
import { recordScores } from './scoredLine.ts';
import { openStation, type StationPage } from './stationPage.ts';

export const pathsOf = ({ folder }: StationPage): DataPaths => dataPaths(join(folder, 'data'));

/**
 * A station of demo lines, all of them paused, with 1,500 parts of the first product on record, whose pictures are those
 * of parts it saw.
 */
export async function openScoredStation(): Promise<StationPage> {
  const station = await openStation();
  await station.page.waitForFunction(() => document.querySelectorAll('.strip button.NG').length >= 1, null, {
    timeout: 120_000,
  });
  await station.stopShell();
  await fillRecord(pathsOf(station));
  await restart(station);
  return station;
}

/** The page complains while there is no station. */
export async function restart(station: StationPage): Promise<void> {
  await station.restart();
  station.complaints.length = 0;
}

async function fillRecord(paths: DataPaths): Promise<void> {
  const { db } = await openStore(paths, { clock: systemClock, app: 'test' });
  const product = listProducts(db)[0]!;
  const model = listModels(db).find(({ id }) => id === product.activeModelId)!;
  const source = listSources(db).find(({ productId }) => productId === product.id)!;
  const filter = { ...everything, verdicts: ['NG' as const] };
  const seen = pageHistory(db, { filter, before: null, after: null, limit: 20 }).rows;
  db.exec('UPDATE sources SET paused = 1');
  recordScores(
    db,
    { productId: product.id, sourceId: source.id, modelId: model.id },
    {
      ...{ count: 1500, endMs: systemClock.nowMs(), thresholds: model.thresholds, audited: 0.06 },
      extras: (i) => {
        const { imageHash, imageWidth, imageHeight } = seen[i % seen.length]!;
        return { imageHash, imageWidth, imageHeight, imageKept: true };
      },
    },
  );
  db.close();
}
