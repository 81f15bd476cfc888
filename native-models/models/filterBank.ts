import { GraphBuilder } from '../onnx/build.ts';
import { float32Scalar, float32Tensor } from '../onnx/dataTypes.ts';
import type { Model } from '../onnx/ir.ts';

/**
 * The starter backbone: what can be said about texture, edges and colour without any training. Per level of a
 * pyramid the energy of oriented band-pass filters (quadrature pairs of a Gaussian's second derivative and its
 * Hilbert transform, G2 and H2 of Freeman & Adelson, PAMI 1991), compressed by a logarithm, so that brighter
 * light shifts all features alike; the energies of the same filters on these energies, which say how edges and
 * texture are arranged (the second order of a scattering transform, Bruna & Mallat, PAMI 2013); and the local mean
 * of light and of two colour differences.
 *
 * Input `image` float32 [N,3,H,W], RGB, (pixel − 128) / 64, H and W multiples of 8.
 * Outputs, all at one cell per 8 pixels: `fine` (wavelengths of about 4 and 8 pixels, mean and maximum within a
 * cell), `coarse` (about 16 and 32 pixels), `arrangement` (second order) and `colour`.
 */
export function filterBank(): Model {
  const g = new GraphBuilder();
  addFilterBank(g, g.input('image', 'float32', ['N', 3, 'height', 'width']));
  return g.model('filter bank');
}

/** What the bank sees finer than its outputs say it, for a network that goes on from there. */
export interface FineEnergies {
  /** float32 [N,4,H/2,W/2], wavelengths of about 4 pixels. */
  readonly half: string;
  /** float32 [N,4,H/4,W/4], of about 8 pixels. */
  readonly quarter: string;
  /** Light, float32 [N,1,H/4,W/4]. */
  readonly light: string;
}

/** Writes the filter bank, its outputs included, into a graph. @param image as its input */
export function addFilterBank(g: GraphBuilder, image: string): FineEnergies {
  const opponents = g.op('Conv', [image, g.constant(opponentWeights, 'opponents')]);
  const light = g.op('Conv', [image, g.constant(lightWeights, 'light')]);
  const levels = [light];
  for (let level = 1; level < 4; level++) levels.push(halve(g, levels[level - 1]!));

  const energies = levels.map((level, i) => energy(g, level, i < 3 ? 2 : 1));
  const fine = energies.slice(0, 2).flatMap((value, i) => {
    const cells = { kernel_shape: [4 >> i, 4 >> i], strides: [4 >> i, 4 >> i] };
    return [g.op('AveragePool', [value], cells), g.op('MaxPool', [value], cells)];
  });
  put(g, 'fine', fine, 4 * oriented);
  put(g, 'coarse', energies.slice(2), 2 * oriented);
  const arranged = [
    g.op('AveragePool', [arrangement(g, energies[0]!)], halfCells),
    arrangement(g, energies[1]!),
  ];
  put(g, 'arrangement', arranged, 2 * oriented * oriented);
  const cell = { kernel_shape: [8, 8], strides: [8, 8] };
  put(g, 'colour', [g.op('AveragePool', [opponents], cell)], 3);
  return { half: energies[0]!, quarter: energies[1]!, light: levels[2]! };
}

/** Names of the outputs, as features to teach on. */
export const filterBankFeatures: readonly string[] = ['fine', 'coarse', 'arrangement', 'colour'];

const halfCells = { kernel_shape: [2, 2], strides: [2, 2] };

const oriented = 4;
/** Of all outputs together. */
export const filterBankChannels = 6 * oriented + 2 * oriented * oriented + 3;
/** Filter taps lie this far apart, in units of the Gaussian's own length (table III of the paper). */
const tapSpacing = 0.67;
const tapRadius = 4;
/** Added to energies before the logarithm: about the energy of sensor noise. */
const noiseFloor = 0.05;

const opponentWeights = float32Tensor(
  [3, 3, 1, 1],
  [0.299, 0.587, 0.114, 0.5, -0.5, 0, 0.25, 0.25, -0.5].map(rounded),
);
const lightWeights = float32Tensor([1, 3, 1, 1], [0.299, 0.587, 0.114].map(rounded));

function put(g: GraphBuilder, name: string, parts: readonly string[], channels: number): void {
  const shape = ['N', channels, 'height/8', 'width/8'];
  const value = parts.length === 1 ? parts[0]! : g.op('Concat', parts, { axis: 1 });
  g.outputAs(name, value, 'float32', shape);
}

/** Half the size after a binomial low-pass filter (Burt & Adelson, 1983). */
function halve(g: GraphBuilder, value: string): string {
  const taps = [1, 4, 6, 4, 1];
  const weights = taps.flatMap((a) => taps.map((b) => (a * b) / 256));
  const kernel = g.constant(float32Tensor([1, 1, 5, 5], weights), 'binomial');
  return g.op('Conv', [value, kernel], { pads: [2, 2, 2, 2], strides: [2, 2] });
}

/** Logarithm of the oriented energies √(G2² + H2²), float32 [N, orientations, …]. */
function energy(g: GraphBuilder, level: string, stride: number): string {
  return g.op('Log', [magnitude(g, level, 1, stride, noiseFloor)]);
}

/** Oriented energies of each of the oriented energies, at half their size. */
function arrangement(g: GraphBuilder, energies: string): string {
  return magnitude(g, energies, oriented, 2, 0.1);
}

/** √(G2² + H2² + floor²) of each channel, float32 [N, channels · orientations, …]. */
function magnitude(g: GraphBuilder, value: string, channels: number, stride: number, floor: number): string {
  const size = 2 * tapRadius + 1;
  const squares = [even, odd].map((filter, i) => {
    const weights = Array.from({ length: channels }, () => kernels(filter)).flat();
    const kernel = g.constant(
      float32Tensor([channels * oriented, 1, size, size], weights),
      i === 0 ? 'even' : 'odd',
    );
    const pads = [tapRadius, tapRadius, tapRadius, tapRadius];
    const response = g.op('Conv', [value, kernel], { pads, strides: [stride, stride], group: channels });
    return g.op('Mul', [response, response]);
  });
  const sum = g.op('Add', [g.op('Add', squares), g.constant(float32Scalar(floor * floor))]);
  return g.op('Sqrt', [sum]);
}

/** G2 and H2 along x (table III and IV of the paper). */
function even(x: number, r2: number): number {
  return 0.9213 * (2 * x * x - 1) * Math.exp(-r2);
}
function odd(x: number, r2: number): number {
  return (-2.205 * x + 0.978 * x * x * x) * Math.exp(-r2);
}

function kernels(filter: (x: number, r2: number) => number): number[] {
  const values: number[] = [];
  for (let orientation = 0; orientation < oriented; orientation++) {
    const angle = (orientation * Math.PI) / oriented;
    const kernel: number[] = [];
    for (let v = -tapRadius; v <= tapRadius; v++) {
      for (let u = -tapRadius; u <= tapRadius; u++) {
        const along = tapSpacing * (u * Math.cos(angle) + v * Math.sin(angle));
        kernel.push(filter(along, tapSpacing * tapSpacing * (u * u + v * v)));
      }
    }
    const mean = kernel.reduce((sum, value) => sum + value, 0) / kernel.length;
    const norm = kernel.reduce((sum, value) => sum + Math.abs(value - mean), 0);
    values.push(...kernel.map((value) => rounded((value - mean) / norm)));
  }
  return values;
}

/** To 2⁻²⁰, so that the last bit of a processor's sine does not change the file's hash. */
function rounded(value: number): number {
  return Math.round(value * 2 ** 20) / 2 ** 20;
}
