import { comparisonsFor, type ComparisonKind } from '../../../electron/contract/comparisons.ts';
import type { Costs } from '../../../electron/contract/costs.ts';
import type { FineTuneSettings } from '../../../electron/contract/engine.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import type { Job } from '../../../electron/contract/jobs.ts';
import {
  isPattern,
  type PartsSurvey,
  type Preview,
  type SiteEstimate,
  type RetrainParts,
  type RetrainRequest,
  type RunSummary,
} from '../../../electron/contract/retrain.ts';
import type { SiteWeights } from '../../../electron/contract/site.ts';
import { costsFor, usualFineTune, usualObjective } from '../../../electron/contract/usualSettings.ts';
import { Answer } from './answer.svelte.ts';
import { areCostsRight, isPolicyRight, policyOf } from './retrainFields.ts';
import type { StationState } from './station.svelte.ts';

/** The four steps of a retraining; kept while the user looks into other rooms. */
export class RetrainState {
  readonly #station: StationState;
  productId = $state<number | null>(null);
  records = $state<RetrainParts['records']>('confirmed');
  path = $state<string | null>(null);
  groupColumn = $state('');
  groupPattern = $state('');
  costs = $state<Costs>(structuredClone(usualFineTune.costs));
  /** Shares of the disturbances; what they leave is undisturbed. */
  site = $state<SiteWeights>(disturbed(usualFineTune.site));
  policy = $state(policyOf(usualFineTune));
  #isObjectiveChosen = false;
  compare = $state<ComparisonKind[]>([]);
  /** Suspect parts that are to take no part. */
  leftOut = $state.raw<string[]>([]);
  #survey = $state.raw<PartsSurvey | null>(null);
  #surveyError = $state.raw<ErrorInfo | null>(null);
  #preview = $state.raw<Preview | null>(null);
  #estimate = $state.raw<SiteEstimate | null>(null);
  #busy = $state<'survey' | 'preview' | 'site' | null>(null);
  #runsOf: number | undefined;
  /** Runs of the product, of earlier starts too, newest first. */
  readonly runs: Answer<{ runs: RunSummary[] }>;
  /** The run that is shown; `null` = the newest among the jobs. */
  #shownId = $state<string | null>(null);
  #asked = 0;

  constructor(station: StationState) {
    this.#station = station;
    this.runs = new Answer(() => station.ask('retrain.runs', { productId: this.#runsOf ?? 0 }));
  }

  /** Takes what the user wants to be withstood. */
  chooseObjective(objective: FineTuneSettings['objective']): void {
    this.#isObjectiveChosen = true;
    this.policy.objective = objective;
  }

  /** Proposes what suits the model that will be retrained, until the user has chosen. */
  proposeObjective(): void {
    if (this.model && !this.#isObjectiveChosen) this.policy.objective = usualObjective(this.model.kind);
  }

  /** Those ticked that make sense for what is to be withstood. */
  get comparisons(): ComparisonKind[] {
    const sensible = comparisonsFor(this.policy);
    return this.compare.filter((kind) => sensible.includes(kind));
  }

  /** The product chosen, or the first. */
  get product() {
    return this.#station.product(this.productId) ?? this.#station.products[0];
  }

  get model() {
    return this.#station.model(this.product?.activeModelId ?? null);
  }

  get survey(): PartsSurvey | null {
    return this.#survey;
  }

  /** Of the parts chosen; `null` before it is asked for. */
  get estimate(): SiteEstimate | null {
    return this.#estimate;
  }

  get surveyError(): ErrorInfo | null {
    return this.#surveyError;
  }

  get preview(): Preview | null {
    return this.#preview;
  }

  get busy() {
    return this.#busy;
  }

  get defectTypes(): string[] {
    return this.#survey?.classes.map(({ label }) => label).filter((label) => label !== 'ok') ?? [];
  }

  /** Share of parts that nothing disturbs, 0..1; below 0 when the others are too much. */
  get cleanShare(): number {
    return 1 - Object.values(this.site).reduce((sum, share) => sum + share, 0);
  }

  /** The whole mix of the site, undisturbed parts among it. */
  get mix(): SiteWeights {
    return { clean: Math.max(0, this.cleanShare), ...$state.snapshot(this.site) };
  }

  /** Whether costs and mix can be measured by. */
  get areCostsReady(): boolean {
    return areCostsRight(this.costs) && this.cleanShare >= -1e-9;
  }

  /** The newest plan of the product, and the newest run. */
  get planJob(): Job | undefined {
    return this.#newest('plan');
  }

  get runJob(): Job | undefined {
    const shown = this.#station.jobs.find(({ id }) => id === this.#shownId);
    return shown !== undefined && shown.productId === this.product?.id ? shown : this.#newest('retrain');
  }

  /** Changes when another run is to be seen. */
  get shownId(): string | null {
    return this.#shownId;
  }

  /** The newest plan, while it is one of what is set now. */
  get plan() {
    const { retrain } = this.planJob ?? {};
    const request = this.#request('');
    if (!retrain?.plan || request === null) return null;
    // Leaving out a few suspects changes a plan by next to nothing; the run makes its own.
    const compared = ({ name: _name, leftOut: _leftOut, ...rest }: RetrainRequest) => JSON.stringify(rest);
    return compared(retrain.request) === compared(request) ? retrain.plan : null;
  }

  /** Suspects among the parts chosen, as the newest plan found them. */
  get screening() {
    const { retrain } = this.planJob ?? {};
    const isSame = JSON.stringify(retrain?.request.parts) === JSON.stringify(this.parts);
    return (isSame && retrain?.screening) || null;
  }

  get isPatternRight(): boolean {
    return this.groupPattern === '' || isPattern(this.groupPattern);
  }

  /** Whether the CSV file lacks the column that was entered. */
  get isColumnMissing(): boolean {
    const { kind, params } = this.#surveyError ?? {};
    return kind === 'badRequest' && this.groupColumn !== '' && params?.['column'] === this.groupColumn.trim();
  }

  /** What is still missing before a plan can be made, or `null`. */
  get missing(): 'model' | 'parts' | 'site' | 'fields' | null {
    if (this.model === undefined) return 'model';
    if (!this.isPatternRight) return 'fields';
    if (this.#survey === null) return 'parts';
    if (this.cleanShare < -1e-9) return 'site';
    return areCostsRight(this.costs) && isPolicyRight(this.policy) ? null : 'fields';
  }

  /** Looks at what was chosen. */
  async look(): Promise<void> {
    const parts = this.parts;
    const turn = ++this.#asked;
    this.#busy = null;
    this.#survey = null;
    this.#surveyError = null;
    this.#preview = null;
    this.#estimate = null;
    this.leftOut = [];
    if (!this.isPatternRight) return;
    if (parts === null || (parts.records === 'none' && parts.path === null)) return;
    this.#busy = 'survey';
    const outcome = await this.#station.ask('retrain.parts', parts);
    if (turn !== this.#asked) return;
    this.#busy = null;
    if (outcome.ok) this.#survey = outcome.reply;
    else this.#surveyError = outcome.error;
  }

  async showDisturbed(condition: string, index: number): Promise<void> {
    const parts = this.parts;
    if (parts === null || this.#survey === null || this.#busy !== null) return;
    const turn = this.#asked;
    this.#busy = 'preview';
    const preview = await this.#station.call('retrain.preview', { parts, condition, index });
    if (turn !== this.#asked) return;
    this.#busy = null;
    this.#preview = preview;
  }

  async estimateSite(): Promise<void> {
    const parts = this.parts;
    if (parts === null || this.#busy !== null) return;
    const turn = this.#asked;
    this.#busy = 'site';
    const estimate = await this.#station.call('retrain.site', parts);
    if (turn !== this.#asked) return;
    this.#busy = null;
    if (estimate === null) return;
    this.#estimate = estimate;
    this.site = disturbed(estimate.weights);
  }

  /** @param name of the plan or run */
  async makePlan(name: string): Promise<void> {
    const request = this.#request(name);
    const before = this.planJob;
    if (request === null) return;
    if ((await this.#station.call('retrain.plan', request)) === null) return;
    if (before !== undefined && before.state !== 'running') {
      await this.#station.call('job.dismiss', { id: before.id });
    }
  }

  async start(name: string): Promise<void> {
    const request = this.#request(name);
    if (request === null) return;
    const job = await this.#station.call('retrain.start', { ...request, compare: [...this.comparisons] });
    if (job !== null) this.#shownId = job.id;
  }

  /** Looks which runs there are. */
  async listRuns(): Promise<void> {
    const productId = this.product?.id;
    const isOther = productId !== this.#runsOf;
    this.#runsOf = productId;
    if (productId !== undefined) await (isOther ? this.runs.askAnew() : this.runs.ask());
  }

  /** Shows a run of this or an earlier start, and its product. */
  async openRun(id: string): Promise<void> {
    const job = await this.#station.call('retrain.open', { id });
    if (job === null) return;
    if (job.productId !== null && job.productId !== this.product?.id) {
      this.productId = job.productId;
      void this.look();
    }
    this.#shownId = id;
  }

  /** Deletes a run that has ended. Returns whether it is gone. */
  async removeRun(id: string): Promise<boolean> {
    if ((await this.#station.call('retrain.remove', { id })) === null) return false;
    if (this.#shownId === id) this.#shownId = null;
    await this.listRuns();
    return true;
  }

  #newest(kind: Job['kind']): Job | undefined {
    return this.#station.jobs
      .filter((job) => job.kind === kind && job.productId === this.product?.id)
      .toSorted((one, other) => other.startedMs - one.startedMs)[0];
  }

  /** Which parts, as chosen; `null` without a product. */
  get parts(): RetrainParts | null {
    const { product, records, path } = this;
    if (product === undefined) return null;
    const groupColumn = this.groupColumn.trim() || null;
    const groupPattern = this.groupPattern || null;
    return { productId: product.id, records, path, groupColumn, groupPattern };
  }

  #request(name: string): RetrainRequest | null {
    const parts = this.parts;
    if (parts === null) return null;
    const costs = $state.snapshot(this.costs);
    const policy = $state.snapshot(this.policy);
    const settings = {
      ...usualFineTune,
      ...policy,
      costs: costsFor(policy.objective, costs),
      site: this.mix,
    };
    return { name, parts, settings, leftOut: [...this.leftOut], compare: [] };
  }
}

function disturbed(weights: SiteWeights): SiteWeights {
  return Object.fromEntries(
    Object.entries(weights).filter(([condition, share]) => condition !== 'clean' && share > 0),
  );
}
