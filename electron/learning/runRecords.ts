import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KenroError } from '../contract/errors.ts';
import { Job } from '../contract/jobs.ts';
import { RunId, type RetrainRun, type RunSummary } from '../contract/retrain.ts';
import { errorCode, writeDurably } from '../platform/durableFile.ts';
import type { Log } from '../platform/log.ts';

const fileName = 'run.json';
/** The evaluation report of a run, in its folder. */
export const reportFile = 'report.json';

/**
 * What retrainings leave for later starts: `run.json` in each one's folder, the job as the page saw it. It is written
 * whenever more is known of the run, not with every step.
 */
export class RunRecords {
  readonly #runsDir: string;
  readonly #log: Log;
  readonly #kept = new Map<string, Job>();
  #writing: Promise<void> = Promise.resolve();
  #summaries: Promise<Map<string, RunSummary>> | null = null;

  constructor(runsDir: string, log: Log) {
    this.#runsDir = runsDir;
    this.#log = log;
  }

  /** Notes how a retraining stands; any other job is passed over. */
  keep(job: Job): void {
    const { id, kind, retrain, state, modelId } = job;
    if (kind !== 'retrain' || !retrain) return;
    const known = this.#kept.get(id);
    if (known?.retrain === retrain && known.state === state && known.modelId === modelId) return;
    this.#kept.set(id, job);
    const file = join(this.#runsDir, id, fileName);
    this.#writing = this.#writing
      .then(async () => {
        // Of several changes in wait the last one is enough.
        if (this.#kept.get(id) === job) await writeDurably(file, JSON.stringify(job));
        (await this.#all()).set(id, summaryOf(job, retrain));
      })
      .catch((thrown: unknown) => this.#log.warn(`${file} could not be written`, thrown));
  }

  /** Waits until everything noted so far is in its place. */
  flush(): Promise<void> {
    return this.#writing;
  }

  /** Newest first. */
  async list(productId: number): Promise<RunSummary[]> {
    await this.flush();
    const own = [...(await this.#all()).values()].filter((run) => run.productId === productId);
    return own.sort((one, other) => other.startedMs - one.startedMs);
  }

  /** A run as it was left. @throws {KenroError} `notFound`, also where its record cannot be read. */
  async read(id: string): Promise<Job> {
    await this.flush();
    const found = await this.#read(id);
    if (!found) throw new KenroError('notFound', { what: 'job', id });
    return found;
  }

  /** Nothing of it is told any more. */
  async forget(id: string): Promise<void> {
    await this.flush();
    this.#kept.delete(id);
    (await this.#all()).delete(id);
  }

  #all(): Promise<Map<string, RunSummary>> {
    return (this.#summaries ??= this.#readAll());
  }

  async #readAll(): Promise<Map<string, RunSummary>> {
    const names = await readdir(this.#runsDir).catch((thrown: unknown) => {
      if (errorCode(thrown) === 'ENOENT') return [];
      throw thrown;
    });
    const runs = names.filter((name) => RunId.safeParse(name).success);
    const jobs = await Promise.all(runs.map((name) => this.#read(name)));
    return new Map(
      jobs.flatMap((job) => (job?.retrain ? [[job.id, summaryOf(job, job.retrain)] as const] : [])),
    );
  }

  /** `null` where nothing was left, or nothing that this version can read. */
  async #read(id: string): Promise<Job | null> {
    const file = join(this.#runsDir, id, fileName);
    try {
      const job = leftBehind(Job.parse(JSON.parse(await readFile(file, 'utf8'))));
      return { ...job, hasReport: await isThere(join(this.#runsDir, id, reportFile)) };
    } catch (thrown) {
      const isLost = !['ENOENT', 'ENOTDIR'].includes(errorCode(thrown) ?? '');
      if (isLost) this.#log.warn(`${file} cannot be read`, thrown);
      return null;
    }
  }
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** What was running when Kenro ended does not run any more. */
function leftBehind(job: Job): Job {
  const { retrain } = job;
  if (job.state !== 'running' || !retrain) return job;
  const comparisons = retrain.comparisons.map((each) =>
    each.state === 'running' ? { ...each, state: 'waiting' as const } : each,
  );
  return { ...job, state: 'interrupted', retrain: { ...retrain, isPaused: false, comparisons } };
}

function summaryOf(
  { id, title, productId, startedMs, state, modelId }: Job,
  { request, epochs, result }: RetrainRun,
): RunSummary {
  const { before = null, after = null } = result ?? {};
  return {
    ...{ id, title, startedMs, state },
    productId: productId ?? request.parts.productId,
    epochs: { done: epochs.at(-1)?.epoch ?? 0, of: request.settings.epochs },
    currency: request.settings.costs.currency,
    cost: before && after && { before: before.cost, after: after.cost },
    isCandidate: modelId !== undefined,
  };
}
