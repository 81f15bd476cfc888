import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localLane } from '../../../../../electron/engine/lanes/localLane.ts';
import type { Detector } from '../../../../../native-models/detectors/detector.ts';
import { ModelError } from '../../../../../native-models/errors.ts';
import type { SessionOptions } from '../../../../../native-models/runtime/session.ts';
import { temporaryFolder } from '../../../../support/temporaryFolder.ts';

const clock = { nowMs: () => 0, monotonicMs: () => 0 };
const demo = { from: 'demo', part: 'disc', seed: 1, index: 0, defectRate: 0 } as const;
const image = { ...demo, disturbances: { light: 0, blur: 0, noise: 0 } };

/** A lane on WebGPU whose device judges as given; the processor scores 1. */
async function deviceLane(device: () => number) {
  const path = join(await temporaryFolder(), 'model.onnx');
  await writeFile(path, 'a model');
  const model = { path, sha256: createHash('sha256').update('a model').digest('hex') };
  const judged: string[] = [];
  const open = async (_source: unknown, { provider }: SessionOptions = {}): Promise<Detector> => {
    const judge = async () => {
      judged.push(provider!);
      return { score: provider === 'cpu' ? 1 : device(), map: null, preprocessMs: 0, inferMs: 1 };
    };
    return { judge, close: async () => undefined } as unknown as Detector;
  };
  const plan = { provider: 'webgpu', lanes: 1, threadsAlone: 2, threadsShared: 2 } as const;
  const lane = localLane(plan, clock, { detector: open });
  return { judged, look: () => lane.look({ image, model }, true) };
}

describe('a lane on a device', () => {
  it('scores on the device while that works', async () => {
    const { look, judged } = await deviceLane(() => 7);
    expect(await look()).toMatchObject({ score: 7, error: null });
    expect(judged).toEqual(['webgpu']);
  });

  it('has the processor score the very part that the device fails on, says so once, and stays there', async () => {
    const { look, judged } = await deviceLane(() => {
      throw new ModelError('outputNotFinite', { name: 'score' });
    });
    expect(await look()).toMatchObject({ score: 1, error: null, deviceError: { kind: 'outputNotFinite' } });
    const next = await look();
    expect(next).toMatchObject({ score: 1, error: null });
    expect(next).not.toHaveProperty('deviceError');
    expect(judged).toEqual(['webgpu', 'cpu', 'cpu']);
  });
});
