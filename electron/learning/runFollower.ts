import type { Comparison, ComparisonKind } from '../contract/comparisons.ts';
import type { EngineProgress } from '../contract/engine.ts';
import { EpochFigures, RunFigures, type RetrainRun } from '../contract/retrain.ts';
import type { Clock } from '../platform/clock.ts';
import type { Advance } from './jobs.ts';

/** Steps are told about this often at most; epochs always. */
const tellEveryMs = 250;

/** Tells a job's stage and how far it is, but not every step. */
export function progressTo(advance: Advance, clock: Clock): (progress: EngineProgress) => void {
  let toldMs = -Infinity;
  let told = '';
  return ({ stage, done, total }) => {
    const nowMs = clock.monotonicMs();
    if (stage === told && done < total && nowMs - toldMs < tellEveryMs) return;
    toldMs = nowMs;
    told = stage;
    advance({ stage, done, total });
  };
}

/** Keeps what a retraining has measured so far, and tells it. */
export class RunFollower {
  readonly #advance: Advance;
  readonly #tell: (progress: EngineProgress) => void;
  #run: RetrainRun;

  constructor(begun: RetrainRun, advance: Advance, clock: Clock) {
    this.#run = begun;
    this.#advance = advance;
    this.#tell = progressTo(advance, clock);
  }

  get run(): RetrainRun {
    return this.#run;
  }

  change(next: Partial<RetrainRun>): void {
    this.#run = { ...this.#run, ...next };
    this.#advance({ retrain: this.#run });
  }

  changeComparison(kind: ComparisonKind, next: Partial<Comparison>): void {
    const comparisons = this.#run.comparisons.map((each) =>
      each.kind === kind ? { ...each, ...next } : each,
    );
    this.change({ comparisons });
  }

  /** Of the run itself. */
  readonly runProgress = (news: EngineProgress): void => {
    if (news.stage === 'start') this.change({ current: RunFigures.parse(news.figures) });
    else if (news.stage === 'epoch') {
      const now = EpochFigures.parse(news.figures);
      this.change({ epochs: [...this.#run.epochs.filter(({ epoch }) => epoch < now.epoch), now] });
    } else this.#tell(news);
  };

  /** Of a training that the run is compared with: only how far it is. */
  readonly comparisonProgress = (news: EngineProgress): void => this.#tell(news);
}
