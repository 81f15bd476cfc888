import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import { KenroError } from '../contract/errors.ts';
import type { Preview, PreviewRequest, SiteEstimate } from '../contract/retrain.ts';
import type { EngineRequest } from '../contract/engine.ts';
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
  const folder = await mkdtemp(join(tmpdir(), 'kenro-preview-'));
  try {
    return await engine.use(async (client) => {
      const picture = async (from: string) => {
        const { jpeg } = await client.call('convert', { path: from, maxSide: previewSide });
        return Buffer.from(jpeg).toString('base64');
      };
      const plain = await picture(path);
      if (condition === 'clean') return { file: basename(path), plain, disturbed: plain };
      const out = join(folder, 'disturbed.png');
      await client.call('corrupt', { path, ...disturbanceOf(condition), seed, out });
      return { file: basename(path), plain, disturbed: await picture(out) };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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
  const {
    weights,
    images: seen,
    skipped,
    seconds,
  } = await engine.use((client) => client.call('estimateSite', { images, seed }));
  return { weights, images: seen, skipped, seconds };
}

function goodOf(samples: readonly Sample[]): string[] {
  const good = samples.filter(({ label }) => label === 'ok').map(({ path }) => path);
  if (good.length === 0) throw new KenroError('tooFewImages', { found: 0, needed: 1 });
  return good;
}

function disturbanceOf(condition: Condition): Pick<EngineRequest<'corrupt'>, 'name' | 'severity'> {
  const [name, severity] = condition.split('/');
  return { name: name!, severity: Number(severity) as EngineRequest<'corrupt'>['severity'] };
}
