import type { Job } from '../../../electron/contract/jobs.ts';
import type { ReportSummary } from '../../../electron/contract/modelReports.ts';
import { usualFineTune } from '../../../electron/contract/usualSettings.ts';
import { Answer } from './answer.svelte.ts';
import type { RetrainState } from './retrain.svelte.ts';
import type { StationState } from './station.svelte.ts';

/** Evaluation reports on models of a product, measured on the parts, costs and disturbances of the Retrain room. */
export class ModelReportsState {
  readonly #station: StationState;
  readonly #retrain: RetrainState;
  /** Models that are ticked. */
  modelIds = $state<number[]>([]);
  withAttacks = $state(false);
  allDisturbances = $state(false);
  #reportsOf: number | undefined;
  /** On models of the product, newest first. */
  readonly reports: Answer<{ reports: ReportSummary[] }>;

  constructor(station: StationState, retrain: RetrainState) {
    this.#station = station;
    this.#retrain = retrain;
    this.reports = new Answer(() => station.ask('report.list', { productId: this.#reportsOf ?? 0 }));
  }

  /** Of the product. */
  get models() {
    const productId = this.#retrain.product?.id;
    return this.#station.models.filter((model) => model.productId === productId);
  }

  /** Those that are ticked and still there; the one in use first, for the others are held against the first. */
  get chosen(): number[] {
    const ticked = this.models.flatMap(({ id }) => (this.modelIds.includes(id) ? [id] : []));
    const inUse = this.#retrain.product?.activeModelId ?? null;
    return ticked.toSorted((one, other) => Number(other === inUse) - Number(one === inUse));
  }

  /** The newest measurement of models that is not done. */
  get job(): Job | undefined {
    return this.#station.jobs
      .filter(({ kind, reportOf, state }) => kind === 'report' && reportOf === undefined && state !== 'done')
      .findLast(({ productId }) => productId === this.#retrain.product?.id);
  }

  async list(): Promise<void> {
    const productId = this.#retrain.product?.id;
    const isOther = productId !== this.#reportsOf;
    this.#reportsOf = productId;
    if (productId !== undefined) await (isOther ? this.reports.askAnew() : this.reports.ask());
  }

  async start(name: string): Promise<void> {
    const { parts, mix } = this.#retrain;
    if (parts === null) return;
    const earlier = this.job;
    const {
      norm,
      epsilon,
      attackSteps: steps,
    } = { ...usualFineTune, ...$state.snapshot(this.#retrain.policy) };
    const started = await this.#station.call('report.start', {
      ...{ name, parts, modelIds: this.chosen, allDisturbances: this.allDisturbances },
      attacks: this.withAttacks
        ? {
            attacks: ['pgd', 'apgd-margin'],
            norm,
            epsilons: [epsilon],
            steps: { pgd: steps, 'apgd-margin': steps },
          }
        : null,
      costs: $state.snapshot(this.#retrain.costs),
      site: mix,
    });
    if (started !== null && earlier) await this.#station.call('job.dismiss', { id: earlier.id });
  }

  /** Returns whether it is gone. */
  async remove(id: string): Promise<boolean> {
    if ((await this.#station.call('report.remove', { id })) === null) return false;
    await this.list();
    return true;
  }
}
