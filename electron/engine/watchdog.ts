import type { EngineCallName } from '../contract/engine.ts';

const tickMs = 500;

/** How long each call may take before the engine counts as hung; `null` = as long as it keeps answering pings. */
export const defaultDeadlinesMs: Readonly<Record<EngineCallName, number | null>> = {
  configure: 60_000,
  load: 60_000,
  judge: 30_000,
  providers: 30_000,
  // In the background, and beside a busy line at low priority.
  tryProvider: 240_000,
  compareParity: 60_000,
  picture: 30_000,
  convert: 30_000,
  noisyPicture: 30_000,
  conditionPicture: 60_000,
  corrupt: 60_000,
  teach: null,
  teachClassifier: null,
  importClassifier: null,
  describeClassifier: 60_000,
  readLabels: 30_000,
  screen: null,
  probe: null,
  train: null,
  planFineTune: null,
  fineTune: null,
  pauseTraining: 30_000,
  evaluate: null,
  compareCosts: null,
  weighRecord: 60_000,
  weighRollout: 60_000,
  lineRates: 60_000,
  payback: 60_000,
  // It waits for a training step, which may be long: only silence counts.
  watchDrift: null,
  compareLayers: null,
  attack: null,
  classNames: 60_000,
  certify: null,
  repeatLooks: null,
  certifiedAccuracy: 60_000,
  estimateSite: null,
  applyPatch: 60_000,
  verifyPatch: 60_000,
  removePatch: 60_000,
  describe: 60_000,
  card: 60_000,
  ping: 30_000,
};

export interface Watched {
  readonly name: EngineCallName;
  /** Watchdog ticks since the call was sent. */
  ticks: number;
}

export interface Watchdog {
  start(): void;
  stop(): void;
  /** The engine said something. */
  heard(): void;
}

/**
 * Looks every half second at the calls under way. Time is counted in ticks of this process, not read from a
 * clock: while our own event loop stands still, or the computer sleeps, the engine is not to blame.
 *
 * @param underWay calls sent and not answered
 * @param deadlineMs how long a call may take
 * @param ping asks the engine for a sign of life
 * @param onHung told which call is overdue, or `null` when the engine has fallen silent altogether
 */
export function watchdog(options: {
  underWay: () => Iterable<Watched>;
  silenceMs: number;
  deadlineMs: (name: EngineCallName) => number | null;
  ping: () => void;
  onHung: (overdue: EngineCallName | null, afterMs: number) => void;
}): Watchdog {
  let silentTicks = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  const tick = () => {
    const calls = [...options.underWay()];
    if (calls.length === 0) {
      silentTicks = 0;
      return;
    }
    silentTicks += 1;
    for (const call of calls) {
      call.ticks += 1;
      const deadlineMs = options.deadlineMs(call.name);
      if (deadlineMs !== null && call.ticks * tickMs > deadlineMs) {
        return options.onHung(call.name, call.ticks * tickMs);
      }
    }
    if (silentTicks * tickMs > options.silenceMs) return options.onHung(null, silentTicks * tickMs);
    options.ping();
  };

  return {
    start: () => {
      silentTicks = 0;
      timer ??= setInterval(tick, tickMs);
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
    },
    heard: () => {
      silentTicks = 0;
    },
  };
}
