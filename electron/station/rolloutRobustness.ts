import type { Interval, Model } from '../contract/domain.ts';
import { KenroError } from '../contract/errors.ts';
import type { ReportData } from '../contract/report.ts';
import type { Rollout } from '../contract/rollout.ts';
import { isSameLimits, judgedByModel, limitsOf, type Limits } from '../contract/verdict.ts';
import type { RobustnessFound } from '../rollout/status.ts';
import type { ReadableDb } from '../store/db.ts';
import { modelOnRecord } from '../store/models.ts';
import type { ModelReports } from './modelReports.ts';
import type { Reporting } from './reporting.ts';

/** Of a report, what decides; a whole one holds megabytes of pictures. */
interface Outcome {
  readonly title: string;
  readonly madeAtMs: number;
  readonly models: readonly { sha256: string; thresholds: Limits; unmet: number }[];
  /** `interval`: of what the second costs more than the first. */
  readonly comparisons: readonly { first: number; second: number; interval: Interval | null }[];
}

/** A report that is made anew lies at the same place. */
const rememberMs = 30_000;

export interface RolloutRobustnessOptions {
  readonly db: ReadableDb;
  readonly nowMs: () => number;
  readonly modelReports: Pick<ModelReports, 'list' | 'read'>;
  readonly reporting: Pick<Reporting, 'read'>;
}

/** Whether an evaluation report has measured both models of a rollout, and what it says of the candidate. */
export class RolloutRobustness {
  readonly #outcomes = new Map<string, { readMs: number; outcome: Outcome | null }>();
  readonly #options: RolloutRobustnessOptions;

  constructor(options: RolloutRobustnessOptions) {
    this.#options = options;
  }

  /**
   * The newest report on both, at the thresholds they have now. It clears the candidate where that breaks no more limits
   * of the plant and is not dearer under the site's disturbances than the model in use beyond what chance explains.
   */
  async find({ productId, currentModelId, candidateModelId }: Rollout): Promise<RobustnessFound | null> {
    const { db, modelReports, reporting } = this.#options;
    const current = modelOnRecord(db, currentModelId);
    const candidate = modelOnRecord(db, candidateModelId);
    const listed = await modelReports.list(productId);
    const outcomes = [
      ...(await Promise.all(
        listed.map(({ id, title }) => this.#outcome(id, title, () => modelReports.read(id))),
      )),
      ...(candidate.origin.tuned ? [await this.#ofRun(candidate.origin.tuned.run, reporting)] : []),
    ];
    const judged = outcomes
      .flatMap((outcome) => (outcome ? [{ outcome, passed: verdictOn(outcome, current, candidate) }] : []))
      .filter(({ passed }) => passed !== null)
      .sort((one, other) => other.outcome.madeAtMs - one.outcome.madeAtMs);
    const [newest] = judged;
    return newest ? { title: newest.outcome.title, passed: newest.passed === true } : null;
  }

  #ofRun(run: string, reporting: Pick<Reporting, 'read'>): Promise<Outcome | null> {
    return this.#outcome(run, run, () => reporting.read(run));
  }

  async #outcome(id: string, title: string, read: () => Promise<ReportData>): Promise<Outcome | null> {
    const nowMs = this.#options.nowMs();
    const known = this.#outcomes.get(id);
    if (known && nowMs - known.readMs < rememberMs) return known.outcome;
    const outcome = await read().then(
      (report) => outcomeOf(title, report),
      (thrown: unknown) => {
        if (thrown instanceof KenroError) return null;
        throw thrown;
      },
    );
    this.#outcomes.set(id, { readMs: nowMs, outcome });
    return outcome;
  }
}

function outcomeOf(title: string, { madeAtMs, models, comparisons }: ReportData): Outcome {
  return {
    ...{ title, madeAtMs },
    models: models.map(({ evaluation: { sha256, thresholds, unmet } }) => ({
      ...{ sha256, thresholds },
      unmet: unmet.length,
    })),
    comparisons: comparisons.map(({ first, second, cost }) => ({
      ...{ first, second },
      interval: cost?.interval ?? null,
    })),
  };
}

/** `null`: it does not measure both. */
function verdictOn({ models, comparisons }: Outcome, current: Model, candidate: Model): boolean | null {
  const placeOf = (wanted: Model) => {
    const own = limitsOf(judgedByModel(wanted));
    return models.findIndex(
      ({ sha256, thresholds }) => sha256 === wanted.sha256 && isSameLimits(thresholds, own),
    );
  };
  const [first, second] = [placeOf(current), placeOf(candidate)];
  const before = models[first];
  const after = models[second];
  const compared = comparisons.find((each) => each.first === first && each.second === second);
  const reversed = comparisons.find((each) => each.first === second && each.second === first);
  if (!before || !after || (!compared && !reversed)) return null;
  const interval = compared ? compared.interval : (reversed?.interval ?? null);
  if (interval === null || after.unmet > before.unmet) return false;
  return compared ? interval[0] <= 0 : interval[1] >= 0;
}
