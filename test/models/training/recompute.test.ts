import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StepMemory } from '../../support/stepMemory.ts';
import { hasModels, modelFiles } from '../onnx/modelFiles.ts';

const program = join(import.meta.dirname, '../../support/stepMemory.ts');

function measure(name: string, batch: number, size: number, mode: 'kept' | 'recomputed'): StepMemory {
  const path = modelFiles.find(([each]) => each === name)![1];
  const output = execFileSync(process.execPath, [program, path, String(batch), String(size), mode]);
  return JSON.parse(output.toString()) as StepMemory;
}

/**
 * Linux tells a process its peak memory. [file, batch, image size, most of the memory of a plain step]; measured
 * 0.51 and 0.48.
 */
const cases = [
  ['mobilenet_v2_1.0_224_f32.onnx', 8, 224, 0.6],
  ['vit_tiny_d4_torchscript.onnx', 64, 64, 0.6],
] as const;

describe.skipIf(!hasModels || !existsSync('/proc/self/status'))('recomputing activations', () => {
  it.each(cases)('%s: the same gradients in less memory', (name, batch, size, share) => {
    const kept = measure(name, batch, size, 'kept');
    const recomputed = measure(name, batch, size, 'recomputed');
    // Other layouts round differently where onnxruntime keeps one of the two computations in its blocked layout.
    expect(Math.abs(recomputed.loss - kept.loss)).toBeLessThan(1e-5 * kept.loss);
    const largest = Math.max(...Object.values(kept.norms));
    for (const [parameter, norm] of Object.entries(kept.norms)) {
      const difference = Math.abs(recomputed.norms[parameter]! - norm);
      expect(difference, parameter).toBeLessThan(1e-4 * Math.max(norm, 1e-3 * largest));
    }
    expect(recomputed.peakBytes / kept.peakBytes).toBeLessThan(share);
  });
});
