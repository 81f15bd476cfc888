export interface PageHinkleyOptions {
  /** Change of the mean that is let pass, in the units of the values. */
  readonly tolerance: number;
  /** Sum of deviations at which it calls. */
  readonly threshold: number;
  /** Values before the first call. Default 30. */
  readonly warmUp?: number;
}

export interface PageHinkleyState {
  readonly seen: number;
  readonly mean: number;
  /** Sums of deviations upwards and downwards, each from its last turning point. */
  readonly up: number;
  readonly down: number;
}

export const noValues: PageHinkleyState = { seen: 0, mean: 0, up: 0, down: 0 };

const usualWarmUp = 30;

/**
 * Page–Hinkley test of a stream, for either direction (Page, Biometrika 1954; Gama et al., ACM Computing Surveys 2014,
 * section 3.2): the deviations from the running mean less the tolerance are summed, never below 0.
 * @returns the state after this value, and whether the mean has moved; begin anew with `noValues` after a call
 */
export function nextPageHinkley(
  { tolerance, threshold, warmUp = usualWarmUp }: PageHinkleyOptions,
  state: PageHinkleyState,
  value: number,
): { state: PageHinkleyState; moved: 'up' | 'down' | null } {
  const seen = state.seen + 1;
  const mean = state.mean + (value - state.mean) / seen;
  const up = Math.max(0, state.up + value - mean - tolerance);
  const down = Math.max(0, state.down + mean - value - tolerance);
  const isReady = seen > warmUp;
  const moved = isReady && up > threshold ? 'up' : isReady && down > threshold ? 'down' : null;
  return { state: { seen, mean, up, down }, moved };
}
