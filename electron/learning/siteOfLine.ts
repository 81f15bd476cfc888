import { basename } from 'node:path';
import type { z } from 'zod';
import { KenroError } from '../contract/errors.ts';
import type { Preview, PreviewRequest, SiteEstimate } from '../contract/retrain.ts';
import type { Sample } from './dataset.ts';
import type { OnDemandEngine } from './onDemandEngine.ts';

/** Pictures behind an estimate: more tell little more. */
const estimatePictures = 200;
const previewSide = 640;
const seed = 1;

type Condition = z.output<typeof PreviewRequest>['condition'];

/** A good part beside itself as a disturbance shows it. @throws {KenroError} `tooFewImages` without good parts, and what the engine throws */
export async function previewDisturbance(
  engine: OnDemandEngine,
  samples: readonly Sample[],
  condition: Condition,
  index: number,
): Promise<Preview> {
  const good = goodOf(samples);
  const path = good[index % good.length]!;
  return engine.use(async (client) => {
    const picture = async (seen: Condition) => {
      const request = { path, condition: seen, seed, maxSide: previewSide };
      const { jpeg } = await client.call('conditionPicture', request);
      return Buffer.from(jpeg).toString('base64');
    };
    return { file: basename(path), plain: await picture('clean'), disturbed: await picture(condition) };
  });
}

/** Estimates the mix from good parts in the order they were taken. Throws as `previewDisturbance`. */
export async function estimateSite(
  engine: OnDemandEngine,
  samples: readonly Sample[],
): Promise<SiteEstimate> {
  const good = goodOf(samples);
  const step = Math.max(1, good.length / estimatePictures);
  const images = Array.from(
    { length: Math.min(good.length, estimatePictures) },
    (_, at) => good[Math.floor(at * step)]!,
  );
  const call = engine.use((client) => client.call('estimateSite', { images, seed }));
  const { weights, measures, images: seen, skipped, seconds } = await call;
  return { weights, measures, images: seen, skipped, seconds };
}

function goodOf(samples: readonly Sample[]): string[] {
  const good = samples.filter(({ label }) => label === 'ok').map(({ path }) => path);
  if (good.length === 0) throw new KenroError('tooFewImages', { found: 0, needed: 1 });
  return good;
}
