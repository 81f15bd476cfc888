import { describe, expect, it } from 'vitest';
import { sharedPath } from '../support/shared.ts';
import { findWebGpu, programMs, runProgram } from '../support/webgpu.ts';
import type { DetectorComparison } from '../support/webgpuDetectors.ts';
import type { StepComparison } from '../support/webgpuStep.ts';

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
      const { status, stdout, stderr } = runProgram(
        'webgpuStep.ts',
        environment!,
        path,
        String(batch),
        String(side),
      );
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

const kinds = [
  'classifier on filterBank.onnx',
  'classifier on starterBackbone.onnx',
  'detector on filterBank.onnx',
  'detector on starterBackbone.onnx',
  'disc.onnx',
  'label.onnx',
  'tile.onnx',
];

describe.skipIf(environment === null)('detectors of every kind on WebGPU', () => {
  it(
    'score and judge as on the processor',
    () => {
      const { status, stdout, stderr } = runProgram('webgpuDetectors.ts', environment!);
      expect(status, stderr).toBe(0);
      const comparisons = JSON.parse(stdout) as Readonly<Record<string, DetectorComparison>>;
      expect(Object.keys(comparisons).sort()).toEqual(kinds);
      for (const [name, comparison] of Object.entries(comparisons)) {
        expect(comparison, name).toMatchObject({ agrees: true, flips: 0, otherLabels: 0 });
      }
      // Not a single differing digit would mean that nothing ran on the device.
      for (const name of kinds.filter((each) => !each.startsWith('classifier')))
        expect(comparisons[name]!.worst, name).toBeGreaterThan(0);
    },
    programMs,
  );
});
