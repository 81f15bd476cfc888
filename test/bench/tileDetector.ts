import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageSource } from '../../electron/contract/engine.ts';
import type { EngineClient } from '../../electron/engine/client.ts';
import { startEngine } from '../../electron/engine/startEngine.ts';
import { nodeLauncher } from '../../electron/platform/launcher.ts';
import { sharedPath } from '../support/shared.ts';
import type { BenchModel } from './line.ts';

export const mobileNet = sharedPath('onnx', 'mobilenet_v2_1.0_224_f32.onnx');
export const tiles = sharedPath('data', 'magnetic_tile');
const taughtOn = 100;

export function startInspecting(root: string): EngineClient {
  return startEngine({
    launcher: nodeLauncher,
    role: 'inspect',
    config: { imagesDir: join(root, 'images'), threads: 0, provider: 'cpu' },
    spare: false,
  });
}

/** Images of a folder of the tiles, from the first again where there are fewer. */
export function tileImages(folder: string, count: number): (ImageSource & { from: 'file' })[] {
  const files = readdirSync(join(tiles!, folder)).filter((name) => name.endsWith('.jpg'));
  return Array.from({ length: count }, (_, i) => ({
    from: 'file',
    path: join(tiles!, folder, files[i % files.length]!),
  }));
}

/** Detector on MobileNetV2 that calls everything OK: a kept picture of each NG part would measure the disk. */
export async function teachMobileNet(engine: EngineClient, root: string): Promise<BenchModel> {
  const preprocess = {
    order: 'RGB' as const,
    size: [224, 224] as [number, number],
    mean: [128, 128, 128],
    std: [128, 128, 128],
    scale: 1,
  };
  const { path, sha256 } = await engine.call('teach', {
    good: { from: 'list', images: tileImages('train/good', taughtOn) },
    ng: null,
    backbone: { path: mobileNet!, name: 'MobileNetV2', preprocess },
    features: ['feat_s8', 'feat_s16'],
    seed: 0,
    out: join(root, 'mobilenet.onnx'),
  });
  return { path, sha256, thresholds: { review: 1e9, ng: 1e9 } };
}
