import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { usualSmoothing } from '../../../../../electron/contract/smoothing.ts';
import type { Seen } from '../../../../../electron/engine/lanes/lane.ts';
import { localLane } from '../../../../../electron/engine/lanes/localLane.ts';
import type { Detector } from '../../../../../native-models/detectors/detector.ts';
import { ModelError } from '../../../../../native-models/errors.ts';
import type { Provider } from '../../../../../native-models/runtime/session.ts';
import { certify } from '../../../../../native-models/smoothing/certify.ts';
import type { SmoothedDetector } from '../../../../../native-models/smoothing/smoothedDetector.ts';
import { temporaryFolder } from '../../../../support/temporaryFolder.ts';

const demo = { from: 'demo', part: 'disc', seed: 1, index: 0, defectRate: 0 } as const;
const image = { ...demo, disturbances: { light: 0, blur: 0, noise: 0 } };
const thresholds = { review: 10, ng: 10 };
const settings = { ...usualSmoothing, sigma: 1, radius: 0.25, margin: 0.1, budgetMs: 100 };

interface Given {
  score: number;
  /** Score of each noisy look; throws where the looks fail. */
  look?: (provider: Provider) => number;
  /** Milliseconds a look takes. */
  lookMs?: number;
  provider?: Provider;
}

/** A lane whose detector gives `score`, and whose noisy looks score as given. */
async function looking({ score, look = () => score, lookMs = 1, provider = 'cpu' }: Given) {
  const path = join(await temporaryFolder(), 'model.onnx');
  await writeFile(path, 'a model');
  const model = { path, sha256: createHash('sha256').update('a model').digest('hex') };
  let nowMs = 0;
  const opened: string[] = [];
  let looks = 0;
  const lane = localLane(
    { provider, lanes: 1, threadsAlone: 1, threadsShared: 1 },
    { nowMs: () => 0, monotonicMs: () => nowMs },
    {
      detector: async () =>
        ({
          judge: async () => ({ score, label: null, map: null, preprocessMs: 0, inferMs: 1 }),
          close: async () => undefined,
        }) as unknown as Detector,
      smoothed: async (_path, { provider: on }) => {
        opened.push(on!);
        const detector: Pick<SmoothedDetector, 'prepare' | 'certify' | 'close'> = {
          prepare: async () => undefined,
          certify: (_picture, asked, verdictOf, first, { seed, budget }) =>
            certify(
              asked,
              seed,
              async () => {
                if (budget!.nowMs() + lookMs > budget!.untilMs) return [];
                nowMs += lookMs;
                looks += 1;
                return [verdictOf(look(on!), null)];
              },
              first,
            ),
          close: async () => undefined,
        };
        return detector as SmoothedDetector;
      },
    },
  );
  const again = { settings, judgedBy: { thresholds }, seed: 7, untilMs: settings.budgetMs };
  const seen = async () => (await lane.look({ image, model, again }, true)) as Seen;
  return { seen, opened, looks: () => looks, spentMs: () => nowMs, lane, model };
}

describe('looking again', () => {
  it.each([8.9, 11.1])('spares a part far from the threshold: score %d', async (score) => {
    const { seen, looks, opened } = await looking({ score });
    expect((await seen()).smoothing).toEqual({ certificate: null, error: null, smoothMs: 0 });
    expect([looks(), opened]).toEqual([0, []]);
  });

  it.each([
    [9.5, 'OK'],
    [10.5, 'NG'],
  ] as const)('certifies the verdict of a part near it: score %d', async (score, predicted) => {
    const { seen, looks } = await looking({ score });
    const { smoothing } = await seen();
    expect(smoothing).toMatchObject({
      error: null,
      smoothMs: looks(),
      certificate: { isCertified: true, predicted, n: looks(), hits: looks(), seed: 7, ended: 'settled' },
    });
    expect(smoothing?.certificate).toMatchObject({
      most: { n0: 0, n: settings.n },
      judgedBy: { thresholds },
    });
  });

  it('opens the network once for all parts, and before the first where it is told to', async () => {
    const { seen, opened, lane, model } = await looking({ score: 9.5 });
    // The stand-in of the detector has no card.
    await lane.load({ ...model, smoothed: true }, true);
    expect(opened).toEqual(['cpu']);
    await seen();
    await seen();
    expect(opened).toEqual(['cpu']);
  });

  it('certifies nothing that noise turns round', async () => {
    const { seen } = await looking({ score: 9.5, look: () => 10.5 });
    expect((await seen()).smoothing?.certificate).toMatchObject({ isCertified: false, ended: 'settled' });
  });

  it('stops when the time of the part is up', async () => {
    const { seen, spentMs } = await looking({ score: 9.5, lookMs: 30 });
    expect((await seen()).smoothing?.certificate).toMatchObject({ isCertified: false, ended: 'time', n: 3 });
    expect(spentMs()).toBeLessThanOrEqual(settings.budgetMs);
  });

  it('says why looks have failed', async () => {
    const fails = () => {
      throw new ModelError('outputNotFinite', { name: 'score' });
    };
    const { seen } = await looking({ score: 9.5, look: fails });
    expect(await seen()).toMatchObject({
      score: 9.5,
      error: null,
      smoothing: { certificate: null, error: { kind: 'outputNotFinite' } },
    });
  });

  it('has the processor look where the device fails', async () => {
    const onDevice = (provider: Provider) => {
      if (provider === 'webgpu') throw new ModelError('outputNotFinite', { name: 'score' });
      return 9.5;
    };
    const { seen, opened } = await looking({ score: 9.5, look: onDevice, provider: 'webgpu' });
    expect(await seen()).toMatchObject({
      deviceError: { kind: 'outputNotFinite' },
      smoothing: { error: null, certificate: { isCertified: true } },
    });
    expect(await seen()).not.toHaveProperty('deviceError');
    expect(opened).toEqual(['webgpu', 'cpu']);
  });
});
