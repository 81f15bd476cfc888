import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedPath } from '../support/shared.ts';
import type { StepComparison } from '../support/webgpuStep.ts';

const program = join(import.meta.dirname, '../support/webgpuStep.ts');

/** Where Debian's Chromium keeps a Vulkan loader and a driver that computes on the processor. */
const chromium = '/usr/lib/chromium';
const software = {
  LD_LIBRARY_PATH: chromium,
  VK_DRIVER_FILES: join(chromium, 'vk_swiftshader_icd.json'),
};

function run(environment: Readonly<Record<string, string>>, ...args: string[]) {
  return spawnSync(process.execPath, [program, ...args], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    timeout: 110_000,
  });
}

/** What a process needs to compute by WebGPU: nothing beside a real graphics card; `null` where it cannot be had. */
function findWebGpu(): Readonly<Record<string, string>> | null {
  if (run({}).status === 0) return {};
  return existsSync(software.VK_DRIVER_FILES) && run(software).status === 0 ? software : null;
}

const environment = findWebGpu();

/** [file, batch, side in pixels]: convolutions with norm, depthwise ones with squeeze-and-excite, ViT, max pooling. */
const networks = [
  ['train_a_cnn.onnx', 4, 16],
  ['train_c_dwse.onnx', 4, 16],
  ['train_b_vit.onnx', 4, 16],
  ['fixtures/resnet18_narrow_torchscript.onnx', 2, 64],
] as const;

/** Two orders of summation in float32 over some twenty layers. */
const gradientTolerance = 1e-3;
const lossTolerance = 1e-5;
/** Gradients that are zero in exact arithmetic are rounding noise: compared against the largest instead. */
const noise = 1e-6;

describe.skipIf(environment === null || sharedPath('oracles') === null)(
  'a training step on WebGPU, beside the same on the processor',
  () => {
    it.each(networks)('%s', (file, batch, side) => {
      const path = sharedPath('oracles', ...file.split('/'))!;
      const { status, stdout, stderr } = run(environment!, path, String(batch), String(side));
      expect(status, stderr).toBe(0);
      const { cpuLoss, webgpuLoss, gradients } = JSON.parse(stdout) as StepComparison;
      expect(Math.abs(webgpuLoss - cpuLoss)).toBeLessThan(lossTolerance * Math.abs(cpuLoss));
      const all = Object.entries(gradients);
      const largest = Math.max(...all.map(([, { length }]) => length));
      for (const [name, { difference, length }] of all) {
        expect(difference / Math.max(length, noise * largest), name).toBeLessThan(gradientTolerance);
      }
      // Not a single differing digit would mean that nothing ran on the device.
      expect(all.some(([, { difference }]) => difference > 0)).toBe(true);
    });
  },
);
