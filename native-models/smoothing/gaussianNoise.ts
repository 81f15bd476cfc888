import type { Random } from '../random.ts';
import { normalCdf } from '../statistics/normal.ts';

/** Layers of the ziggurat, and where its base ends (Marsaglia & Tsang, J. Stat. Software 2000). */
const layers = 128;
const baseEnd = 3.442619855899;
const { edges, heights, ratios } = ziggurat();

const two24 = 2 ** -24;
const two32 = 2 ** -32;

/**
 * A stream of independent standard normal numbers, many times as fast as `Random.normal`: the ziggurat of Marsaglia &
 * Tsang, with layer and position from different bits (Doornik 2005), on sfc32. How the stream is cut into pieces does
 * not change it.
 */
export class GaussianNoise {
  private readonly state: Int32Array;

  /** @param random gives the stream its seed */
  constructor(random: Random) {
    const word = () => random.integer(2 ** 32) | 0;
    this.state = Int32Array.of(word(), word(), word(), 1);
    for (let i = 0; i < 12; i++) this.next();
  }

  /**
   * Writes copies of an image, each with fresh noise, of which no value is held back to [0, 1].
   * @param image float32 [length] @param out float32 [copies · length] @param sigma deviation of the noise
   */
  addTo(image: Float32Array, out: Float32Array, sigma: number): void {
    const { length } = image;
    for (let from = 0; from < out.length; from += length) {
      for (let i = 0; i < length; i++) out[from + i] = image[i]! + sigma * this.normal();
    }
  }

  /** Standard normal. */
  normal(): number {
    for (;;) {
      const bits = this.next();
      const layer = bits & 0x7f;
      // From the bits above the layer's: −1 to 1.
      const u = (bits >> 7) * two24;
      const x = u * edges[layer]!;
      if (Math.abs(u) < ratios[layer]!) return x;
      if (layer === 0) return u < 0 ? -this.tail() : this.tail();
      const between = heights[layer]! + this.uniform() * (heights[layer + 1]! - heights[layer]!);
      if (between < Math.exp(-0.5 * x * x)) return x;
    }
  }

  /** Beyond the base (Marsaglia, Technometrics 1964). */
  private tail(): number {
    for (;;) {
      const x = -Math.log(1 - this.uniform()) / baseEnd;
      const y = -Math.log(1 - this.uniform());
      if (2 * y > x * x) return baseEnd + x;
    }
  }

  private uniform(): number {
    return (this.next() >>> 0) * two32;
  }

  /** 32 bits of sfc32, as in random.ts. */
  private next(): number {
    const state = this.state;
    const [a, b, c, counter] = [state[0]!, state[1]!, state[2]!, state[3]!];
    const sum = (a + b + counter) | 0;
    state[3] = counter + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + sum;
    return sum;
  }
}

/**
 * Layers of equal area under exp(−x²/2): right edge of each, height of the curve there, and which share of a layer lies
 * under the curve for sure. Layer 0 is the base with the tail.
 */
function ziggurat() {
  const curve = (x: number) => Math.exp(-0.5 * x * x);
  const area = baseEnd * curve(baseEnd) + Math.sqrt(2 * Math.PI) * normalCdf(-baseEnd);
  const edges = new Float64Array(layers + 1);
  edges[0] = area / curve(baseEnd);
  edges[1] = baseEnd;
  for (let i = 2; i < layers; i++) {
    edges[i] = Math.sqrt(-2 * Math.log(area / edges[i - 1]! + curve(edges[i - 1]!)));
  }
  edges[layers] = 0;
  const heights = edges.map(curve);
  const ratios = Float64Array.from({ length: layers }, (_, i) => edges[i + 1]! / edges[i]!);
  return { edges, heights, ratios };
}
