import type { Parameters } from '../parameters.ts';
import { gradientOf, momentOf, type Optimiser, type OptimiserState } from './optimiser.ts';

export interface AdamWOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Decoupled: p ← p·(1 − η·λ) before the update. */
  readonly weightDecay?: number;
}

/** Adam with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101, algorithm 2). */
export class AdamW implements Optimiser {
  private readonly beta1: number;
  private readonly beta2: number;
  private readonly epsilon: number;
  private readonly weightDecay: number;
  private readonly moments: Map<string, Float32Array>;
  private steps: number;

  constructor(options: AdamWOptions = {}, resumeFrom?: OptimiserState) {
    this.beta1 = options.beta1 ?? 0.9;
    this.beta2 = options.beta2 ?? 0.999;
    this.epsilon = options.epsilon ?? 1e-8;
    this.weightDecay = options.weightDecay ?? 0.01;
    this.moments = new Map(resumeFrom?.moments);
    this.steps = resumeFrom?.steps ?? 0;
  }

  step(parameters: Parameters, gradients: Parameters, learningRate: number): void {
    this.steps += 1;
    const { beta1, beta2, epsilon } = this;
    const rate = learningRate / (1 - beta1 ** this.steps);
    const spread = 1 / Math.sqrt(1 - beta2 ** this.steps);
    const kept = 1 - learningRate * this.weightDecay;
    for (const [name, values] of parameters) {
      const gradient = gradientOf(gradients, name);
      const first = momentOf(this.moments, 'first', name, values.length);
      const second = momentOf(this.moments, 'second', name, values.length);
      for (let i = 0; i < values.length; i++) {
        const slope = gradient[i]!;
        const m = Math.fround(beta1 * first[i]! + (1 - beta1) * slope);
        const v = Math.fround(beta2 * second[i]! + (1 - beta2) * slope * slope);
        first[i] = m;
        second[i] = v;
        values[i] = values[i]! * kept - (rate * m) / (Math.sqrt(v) * spread + epsilon);
      }
    }
  }

  state(): OptimiserState {
    return { steps: this.steps, moments: this.moments };
  }
}
