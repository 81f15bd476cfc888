import type { Job } from '../contract/jobs.ts';
import { KenroError, toErrorInfo } from '../contract/errors.ts';
import type { Clock } from '../platform/clock.ts';

export interface JobsOptions {
  clock: Clock;
  onChanged: (job: Job) => void;
  onRemoved: (id: string) => void;
  onBug: (thrown: unknown) => void;
}

/** Moves a running job on; what is not given stays. */
export type Advance = (
  change: Partial<Pick<Job, 'stage' | 'done' | 'total' | 'skipped' | 'retrain'>>,
) => void;

/** What a job leaves behind when it is done. */
export type JobResult = Partial<Pick<Job, 'modelId' | 'skipped' | 'retrain' | 'screening' | 'hasReport'>>;

type About = Pick<
  Job,
  'kind' | 'title' | 'productId' | 'stage' | 'retrain' | 'screened' | 'probed' | 'reportOf'
>;
type Work = (advance: Advance, signal: AbortSignal, id: string) => Promise<JobResult>;

/** Long work that the page watches: started, told about, cancelled, and shown until it is dismissed. */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #jobs = new Map<string, { job: Job; abort: AbortController; ended: Promise<void> }>();
  #count = 0;
  #isStopping = false;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  list(): Job[] {
    return [...this.#jobs.values()].map(({ job }) => job);
  }

  /** @throws {KenroError} `notFound`. */
  read(id: string): Job {
    return this.#find(id).job;
  }

  start(about: About, work: Work): Job {
    const startedMs = this.#options.clock.nowMs();
    return this.#run(`${about.kind}-${startedMs}-${++this.#count}`, startedMs, about, work);
  }

  /**
   * Starts a job that is the only one of some kinds; what has ended of them goes off the list.
   * @throws {KenroError} `conflict` while one of them runs
   */
  startAlone(kinds: readonly Job['kind'][], about: About, work: Work): Job {
    for (const { id, kind } of this.list()) if (kinds.includes(kind)) this.dismiss(id);
    return this.start(about, work);
  }

  /** Begins a job that has ended anew, under the same id. @throws {KenroError} `notFound`; `conflict` while it runs. */
  restart(id: string, about: About, work: Work): Job {
    const { modelId, hasReport } = this.#ended(id).job;
    const left = { ...(modelId && { modelId }), ...(hasReport && { hasReport }) };
    return this.#run(id, this.#options.clock.nowMs(), { ...about, ...left }, work);
  }

  /** Puts a job of an earlier start, which has ended, on the list. */
  restore(job: Job): void {
    this.#jobs.set(job.id, { job, abort: new AbortController(), ended: Promise.resolve() });
    this.#options.onChanged(job);
  }

  /** Adds to what a job leaves behind. @throws {KenroError} `notFound` */
  complete(id: string, result: JobResult): void {
    const entry = this.#find(id);
    entry.job = { ...entry.job, ...result };
    this.#options.onChanged(entry.job);
  }

  /** @param about with what an earlier stretch has left behind */
  #run(id: string, startedMs: number, about: About & JobResult, work: Work): Job {
    const job: Job = { ...about, id, done: 0, total: 0, startedMs, state: 'running', skipped: [] };
    const abort = new AbortController();
    const entry = { job, abort, ended: Promise.resolve() };
    this.#jobs.set(id, entry);
    const change = (next: Partial<Job>) => {
      entry.job = { ...entry.job, ...next };
      if (this.#jobs.has(id)) this.#options.onChanged(entry.job);
    };
    change({});
    entry.ended = work(change, abort.signal, id).then(
      (result) => change({ ...result, state: 'done' }),
      (thrown: unknown) => change(this.#ending(thrown)),
    );
    return entry.job;
  }

  #ending(thrown: unknown): Partial<Job> {
    if (!(thrown instanceof KenroError)) this.#options.onBug(thrown);
    else if (thrown.kind === 'cancelled') return { state: this.#isStopping ? 'interrupted' : 'cancelled' };
    return { state: 'failed', error: toErrorInfo(thrown) };
  }

  /** Does nothing to a job that has ended. @throws {KenroError} `notFound`. */
  cancel(id: string): void {
    this.#find(id).abort.abort();
  }

  /** Takes an ended job off the list. @throws {KenroError} `notFound`; `conflict` while it runs. */
  dismiss(id: string): void {
    this.#ended(id);
    this.#jobs.delete(id);
    this.#options.onRemoved(id);
  }

  /** Interrupts all and waits until they have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const { abort } of this.#jobs.values()) abort.abort();
    await Promise.all([...this.#jobs.values()].map(({ ended }) => ended));
  }

  #ended(id: string) {
    const found = this.#find(id);
    if (found.job.state === 'running') throw new KenroError('conflict', { what: 'job', id });
    return found;
  }

  #find(id: string) {
    const found = this.#jobs.get(id);
    if (!found) throw new KenroError('notFound', { what: 'job', id });
    return found;
  }
}
