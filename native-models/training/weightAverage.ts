import type { Parameters } from './parameters.ts';

/** Exponential moving average of the weights (Polyak & Juditsky, 1992), started at the first weights it is shown. */
export class WeightAverage {
  private readonly decay: number;
  private readonly averages: Map<string, Float32Array>;

  /** @param decay share of the average that stays at each update, 0..1 */
  constructor(decay: number, resumeFrom?: Parameters) {
    this.decay = decay;
    this.averages = new Map(resumeFrom);
  }

  update(parameters: Parameters): void {
    for (const [name, values] of parameters) {
      const average = this.averages.get(name);
      if (!average) {
        this.averages.set(name, values.slice());
        continue;
      }
      for (let i = 0; i < values.length; i++) {
        average[i] = this.decay * average[i]! + (1 - this.decay) * values[i]!;
      }
    }
  }

  /** The average so far, by parameter name. */
  get weights(): Parameters {
    return this.averages;
  }
}
