import type { Bridge } from '../../../electron/contract/bridge.ts';
import type { HumanWord, Model } from '../../../electron/contract/domain.ts';
import type { ErrorInfo } from '../../../electron/contract/errors.ts';
import {
  isJudging,
  type Disagreement,
  type PlanTemplate,
  type Rollout,
  type RolloutPlan,
  type RolloutStatus,
  type RolloutStep,
} from '../../../electron/contract/rollout.ts';
import type { StationState } from './station.svelte.ts';

/** How a phase stands changes with every part; the page looks so often. */
const lookEveryMs = 2_000;
/** Parts on which two models differ, at a time. */
const partsAtATime = 6;

/** The rollout of one product. */
export class RolloutState {
  readonly #station: StationState;
  #chosen = $state<number | null>(null);
  #rollouts = $state.raw<readonly Rollout[]>([]);
  #status = $state.raw<RolloutStatus | null>(null);
  #steps = $state.raw<readonly RolloutStep[]>([]);
  #parts = $state.raw<readonly Disagreement[] | null>(null);
  #isRead = $state(false);
  #onlyOpen = $state(true);
  #error = $state.raw<ErrorInfo | null>(null);
  #isFollowing = false;
  #turn = 0;

  constructor(station: StationState, bridge: Bridge) {
    this.#station = station;
    bridge.on('rollouts.changed', () => {
      if (this.#isFollowing) void this.load();
    });
  }

  get productId(): number | null {
    const { products } = this.#station;
    const known = products.find(({ id }) => id === this.#chosen);
    return (known ?? products.find(({ activeModelId }) => activeModelId !== null) ?? products[0])?.id ?? null;
  }

  /** Planned or under way; else the newest one that was in use. */
  get rollout(): Rollout | undefined {
    return this.#rollouts[0];
  }

  /** Whether a new one may be planned. */
  get isFree(): boolean {
    const state = this.rollout?.state;
    return state === undefined || !(state === 'draft' || state === 'verification' || state === 'limited');
  }

  get earlier(): readonly Rollout[] {
    return this.#rollouts.slice(1);
  }

  get status(): RolloutStatus | null {
    return this.#status;
  }

  /** Oldest first. */
  get steps(): readonly RolloutStep[] {
    return this.#steps;
  }

  /** Whether an answer has come: before, nobody knows that there is no rollout. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /**
   * On which the two models differ; `null` until they are read. They stay where they are until each has a word, so that
   * no key hits another part.
   */
  get parts(): readonly Disagreement[] | null {
    return this.#parts;
  }

  get onlyOpen(): boolean {
    return this.#onlyOpen;
  }

  get error(): ErrorInfo | null {
    return this.#error;
  }

  /** Models that could follow the one in use. */
  get candidates(): readonly Model[] {
    const product = this.#station.product(this.productId);
    return this.#station.models
      .filter((model) => model.productId === product?.id && model.id !== product.activeModelId)
      .toReversed();
  }

  choose(productId: number): Promise<void> {
    this.#chosen = productId;
    this.#isRead = false;
    this.#show([]);
    return this.load();
  }

  setOnlyOpen(onlyOpen: boolean): Promise<void> {
    this.#onlyOpen = onlyOpen;
    return this.#showParts(null);
  }

  /** Keeps looking until the returned function is called. */
  follow(): () => void {
    this.#isFollowing = true;
    void this.load();
    const timer = setInterval(() => void this.#look(), lookEveryMs);
    return () => {
      this.#isFollowing = false;
      clearInterval(timer);
    };
  }

  async load(): Promise<void> {
    const turn = ++this.#turn;
    const { productId } = this;
    if (productId === null) return;
    const list = await this.#station.ask('rollout.list', { productId });
    if (turn !== this.#turn) return;
    this.#isRead = list.ok;
    this.#error = list.ok ? null : list.error;
    this.#show(list.ok ? list.reply.rollouts : []);
    if (list.ok) await this.#look();
  }

  /** What is known of another rollout goes. */
  #show(rollouts: readonly Rollout[]): void {
    const isOther = this.#rollouts[0]?.id !== rollouts[0]?.id;
    this.#rollouts = rollouts;
    if (!isOther) return;
    this.#status = null;
    this.#steps = [];
    this.#parts = null;
  }

  /** Plans to go over to another model. */
  draft(candidateModelId: number, template: PlanTemplate): Promise<boolean> {
    const { productId } = this;
    if (productId === null) return Promise.resolve(false);
    return this.#moved(this.#station.call('rollout.draft', { productId, candidateModelId, template }));
  }

  plan(plan: RolloutPlan): Promise<boolean> {
    return this.#ofRollout((id) => this.#station.call('rollout.plan', { id, plan }));
  }

  begin(): Promise<boolean> {
    return this.#ofRollout((id) => this.#station.call('rollout.begin', { id }));
  }

  back(reason: string): Promise<boolean> {
    return this.#ofRollout((id) => this.#station.call('rollout.back', { id, reason }));
  }

  /** @returns why not, or `null` */
  async promote(password: string, reason: string): Promise<ErrorInfo | null> {
    const id = this.rollout?.id;
    if (id === undefined) return null;
    const outcome = await this.#station.ask('rollout.promote', { id, signature: { password, reason } });
    if (!outcome.ok) return outcome.error;
    await this.load();
    return null;
  }

  /** Says whether one of the parts is truly good. */
  async say(inspectionId: number, word: HumanWord): Promise<void> {
    const said = await this.#station.call('feedback.give', { inspectionId, word, reason: '' });
    if (said === null) return;
    this.#parts =
      this.#parts?.map((part) =>
        part.inspection.id === inspectionId ? { ...part, inspection: said } : part,
      ) ?? null;
    await this.#look();
  }

  /** Those before the oldest that is shown. */
  older(): Promise<void> {
    return this.#showParts(this.#parts?.at(-1)?.inspection.id ?? null);
  }

  async #look(): Promise<void> {
    const { rollout } = this;
    if (!rollout || !this.#station.connected) return;
    const turn = this.#turn;
    const [status, history] = await Promise.all([
      this.#station.ask('rollout.status', { id: rollout.id }),
      this.#station.ask('rollout.steps', { id: rollout.id }),
    ]);
    if (turn !== this.#turn) return;
    this.#error = errorOf(status) ?? errorOf(history);
    this.#status = status.ok ? status.reply : null;
    this.#steps = history.ok ? history.reply.steps : [];
    const parts = this.#parts ?? [];
    const isDone = this.#onlyOpen && parts.every(({ inspection }) => inspection.human !== null);
    if (isJudging(rollout.state) && (isDone || parts.length === 0)) await this.#showParts(null);
  }

  async #showParts(before: number | null): Promise<void> {
    const id = this.rollout?.id;
    if (id === undefined) return;
    const request = { id, open: this.#onlyOpen, before, limit: partsAtATime };
    const found = await this.#station.ask('rollout.disagreements', request);
    if (id !== this.rollout?.id) return;
    this.#parts = found.ok ? found.reply.parts : null;
    this.#error ??= errorOf(found);
  }

  #ofRollout(work: (id: number) => Promise<unknown>): Promise<boolean> {
    const id = this.rollout?.id;
    return id === undefined ? Promise.resolve(false) : this.#moved(work(id));
  }

  async #moved(call: Promise<unknown>): Promise<boolean> {
    if ((await call) === null) return false;
    await this.load();
    return true;
  }
}

function errorOf(outcome: { ok: true } | { ok: false; error: ErrorInfo }): ErrorInfo | null {
  return outcome.ok ? null : outcome.error;
}
