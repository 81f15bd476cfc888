/** Learning rate of step `step` (0-based) of `steps`. */
export type Schedule = (step: number, steps: number) => number;

export interface ScheduleOptions {
  /** Highest rate. */
  readonly rate: number;
  readonly shape: 'constant' | 'cosine' | 'linear' | 'step';
  /** Share of all steps over which the rate climbs from 0, 0..1 (Goyal et al., arXiv 1706.02677, section 2.2). */
  readonly warmUp?: number;
  /** `step` only: shares of all steps after which the rate is multiplied by `factor`. */
  readonly milestones?: readonly number[];
  readonly factor?: number;
}

/** Warm-up, then constant, half a cosine (Loshchilov & Hutter, arXiv 1608.03983), a line to 0, or steps. */
export function schedule(options: ScheduleOptions): Schedule {
  const { rate, shape, warmUp = 0, milestones = [], factor = 0.1 } = options;
  return (step, steps) => {
    const climb = Math.floor(warmUp * steps);
    if (step < climb) return (rate * (step + 1)) / (climb + 1);
    const done = (step - climb) / Math.max(1, steps - climb);
    if (shape === 'cosine') return (rate * (1 + Math.cos(Math.PI * done))) / 2;
    if (shape === 'linear') return rate * (1 - done);
    if (shape === 'constant') return rate;
    return rate * factor ** milestones.filter((milestone) => step >= milestone * steps).length;
  };
}
