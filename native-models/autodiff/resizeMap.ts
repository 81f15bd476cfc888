import type { AxisMap } from './alongAxis.ts';

/** The attributes of ONNX Resize that say where an output sample lies and how it is weighed. */
export interface ResizeMode {
  readonly mode: string;
  readonly coordinates: string;
  readonly nearest: string;
  readonly cubicA: number;
  readonly excludeOutside: boolean;
}

/**
 * ONNX Resize along one axis as a linear map (it is separable), after the operator's reference definition
 * (onnx/docs/Operators.md, Resize).
 * @param scale outputs per input as the operator was given it.
 */
export function resizeMap(inputs: number, outputs: number, scale: number, mode: ResizeMode): AxisMap {
  const weights = new Float64Array(outputs * inputs);
  for (let o = 0; o < outputs; o++) {
    const at = sourcePosition(o, inputs, outputs, scale, mode.coordinates);
    for (const [index, weight] of taps(at, inputs, mode)) weights[o * inputs + index]! += weight;
  }
  return { outputs, inputs, weights };
}

function sourcePosition(
  o: number,
  inputs: number,
  outputs: number,
  scale: number,
  coordinates: string,
): number {
  switch (coordinates) {
    case 'align_corners':
      return outputs === 1 ? 0 : (o * (inputs - 1)) / (outputs - 1);
    case 'asymmetric':
      return o / scale;
    case 'pytorch_half_pixel':
      return outputs > 1 ? (o + 0.5) / scale - 0.5 : 0;
    case 'half_pixel_symmetric': {
      const adjustment = outputs / (scale * inputs);
      return (inputs / 2) * (1 - adjustment) + (o + 0.5) / scale - 0.5;
    }
    default:
      return (o + 0.5) / scale - 0.5;
  }
}

function taps(at: number, inputs: number, mode: ResizeMode): [index: number, weight: number][] {
  const clamp = (index: number) => Math.min(Math.max(index, 0), inputs - 1);
  if (mode.mode === 'nearest') return [[clamp(nearestIndex(at, mode.nearest)), 1]];
  const base = Math.floor(at);
  const t = at - base;
  if (mode.mode === 'linear') {
    return [
      [clamp(base), 1 - t],
      [clamp(base + 1), t],
    ];
  }
  const weights = cubicWeights(t, mode.cubicA);
  const outside = (k: number) => base - 1 + k < 0 || base - 1 + k >= inputs;
  if (mode.excludeOutside) {
    const total = weights.reduce((sum, weight, k) => (outside(k) ? sum : sum + weight), 0);
    return weights.flatMap((weight, k) => (outside(k) ? [] : [[base - 1 + k, weight / total]]));
  }
  return weights.map((weight, k) => [clamp(base - 1 + k), weight]);
}

function nearestIndex(at: number, nearest: string): number {
  switch (nearest) {
    case 'floor':
      return Math.floor(at);
    case 'ceil':
      return Math.ceil(at);
    case 'round_prefer_ceil':
      return Math.floor(at + 0.5);
    default:
      return Math.ceil(at - 0.5);
  }
}

/** Keys' cubic convolution kernel at distances t+1, t, 1−t, 2−t. */
function cubicWeights(t: number, a: number): number[] {
  const near = (d: number) => (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  const far = (d: number) => a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}
