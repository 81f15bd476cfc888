import type { Job } from '../contract/jobs.ts';
import { KenroError } from '../contract/errors.ts';
import type { ScreenJob, ScreenRequest } from '../contract/screening.ts';
import { listImages } from '../platform/imageFiles.ts';
import { readBackbone } from '../store/backbones.ts';
import { readProduct } from '../store/products.ts';
import { backboneAt } from './backbones.ts';
import { readDataset } from './dataset.ts';
import type { MakingOptions } from './makeModel.ts';
import { progressTo } from './runFollower.ts';

type Options = Pick<MakingOptions, 'db' | 'clock' | 'paths' | 'engine' | 'jobs'>;

/** Screens what a detector is to be taught on, before it is. */
export class TeachScreening {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** @throws {KenroError} `notFound` (product, backbone) */
  start(request: ScreenRequest): Job {
    const { db, clock, paths, engine, jobs } = this.#options;
    readProduct(db, request.productId);
    const backbone = readBackbone(db, request.backboneId);
    const { path, preprocess } = backboneAt(paths.models, backbone, request.size);
    const { name, productId } = request;
    const about = { kind: 'screen', title: name, productId, stage: 'collect', screened: request } as const;
    return jobs.start(about, async (advance, signal) => {
      const images = await imagesOf(request);
      const job = { model: path, preprocess, features: backbone.features, images, seed: 0 };
      const follow = { signal, onProgress: progressTo(advance, clock) };
      const screening = await engine.use((client) => client.call('screen', job, follow));
      return { screening, skipped: screening.skipped };
    });
  }
}

/** @throws {KenroError} as `listImages` and `readDataset` */
async function imagesOf({ what, path }: ScreenRequest): Promise<ScreenJob['images']> {
  const samples =
    what === 'good'
      ? (await listImages(path)).map((file) => ({ path: file, label: 'ok', group: null }))
      : (await readDataset(path)).samples.map(({ path: file, label, group }) => ({
          path: file,
          label,
          group,
        }));
  if (samples.length === 0) throw new KenroError('folderEmpty', { path });
  return samples;
}
