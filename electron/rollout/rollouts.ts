import { KenroError } from '../contract/errors.ts';
import {
  isJudging,
  planOf,
  type GuardKind,
  type PlanTemplate,
  type Rollout,
  type RolloutPlan,
  type RolloutState,
  type RolloutStatus,
  type RolloutStep,
} from '../contract/rollout.ts';
import type { Clock } from '../platform/clock.ts';
import type { Uniform } from '../platform/random.ts';
import { transaction, type WritableDb } from '../store/db.ts';
import { readModel } from '../store/models.ts';
import { readProduct } from '../store/products.ts';
import { listSources } from '../store/sources.ts';
import {
  addRollout,
  listRollouts,
  openRollouts,
  readRollout,
  rolloutSteps,
  setRolloutPlan,
} from '../store/rollouts.ts';
import { recordMove, auditRollout, type Mover } from './moves.ts';
import { rolloutGuards, rolloutStatus, type StatusOptions } from './status.ts';
import { isStepDone } from './shares.ts';

export interface RolloutsOptions extends Pick<StatusOptions, 'weigh' | 'robustness'> {
  readonly db: WritableDb;
  readonly clock: Clock;
  readonly random: Uniform;
  /**
   * Makes sure that a model gives the verdicts that were computed when it was made.
   * @throws {KenroError} `modelDiffers`
   */
  readonly admit: (modelId: number, actor: string) => Promise<void>;
  /** A rollout stands elsewhere; the next part is judged accordingly. */
  readonly onChanged: () => void;
  readonly onBug: (thrown: unknown) => void;
}

/** Guards are looked at no more often than this. */
const checkEveryMs = 100;
/** Also while no parts come: a human's word may have tripped one. */
const idleCheckMs = 5_000;

/** Going over from one model to another, product by product. All of it is on record; nothing is remembered here. */
export class Rollouts {
  readonly #options: RolloutsOptions;
  #timer: NodeJS.Timeout | null = null;
  readonly #idleTimer: NodeJS.Timeout;
  #checking: Promise<void> = Promise.resolve();
  #lastCheckMs = -Infinity;
  #stopped = false;

  constructor(options: RolloutsOptions) {
    this.#options = options;
    this.#idleTimer = setInterval(() => this.recorded(), idleCheckMs);
    this.#idleTimer.unref();
  }

  /**
   * After a start, before the first part: a candidate judges only where it has passed its comparison on this provider and
   * version of onnxruntime.
   */
  async start(): Promise<void> {
    for (const rollout of this.#judging()) {
      try {
        await this.#options.admit(rollout.candidateModelId, 'station');
      } catch (thrown) {
        if (!(thrown instanceof KenroError)) throw thrown;
        // An engine that cannot answer judges no parts either, and is asked again with the next start.
        if (thrown.kind === 'modelDiffers') this.#backByGuard(rollout, 'parity', null);
      }
    }
  }

  /** Of a product, newest first. */
  list(productId: number): Rollout[] {
    return listRollouts(this.#options.db, productId);
  }

  /** The history of a rollout's phases, oldest first. */
  steps(id: number): RolloutStep[] {
    return rolloutSteps(this.#options.db, id);
  }

  /** @throws {KenroError} `notFound`; what the engine throws */
  status(id: number): Promise<RolloutStatus> {
    const { db } = this.#options;
    return rolloutStatus(this.#options, readRollout(db, id), this.#nowMs());
  }

  /**
   * Plans to go over to another model of the product. One that is in full production is finished by it.
   * @throws {KenroError} `notFound`; `noModel` where nothing judges the product; `badRequest` for a model of another product
   *   or the one in use; `conflict` while a rollout of the product is under way
   */
  draft(productId: number, candidateModelId: number, template: PlanTemplate, actor: string): Rollout {
    const { db, random } = this.#options;
    const { activeModelId, name } = readProduct(db, productId);
    const candidate = readModel(db, candidateModelId);
    if (activeModelId === null) throw new KenroError('noModel');
    if (candidate.productId !== productId || candidateModelId === activeModelId) {
      throw new KenroError('badRequest', { field: 'candidateModelId', reason: candidate.name });
    }
    const sourceIds = listSources(db).flatMap((source) =>
      source.productId === productId ? [source.id] : [],
    );
    if (sourceIds.length === 0) throw new KenroError('badRequest', { field: 'sourceIds' });
    const salt = Array.from({ length: 16 }, () =>
      Math.floor(random() * 256)
        .toString(16)
        .padStart(2, '0'),
    ).join('');
    const drafted = transaction(db, () => {
      const open = this.#openOf(productId);
      if (open && open.state !== 'full') {
        throw new KenroError('conflict', { what: 'rollout', name, usedBy: 'product', user: name });
      }
      if (open) this.#move(open, { state: 'finished', step: open.step }, { actor, reason: '' });
      const plan = { ...planOf[template], sourceIds };
      const added = addRollout(
        db,
        { productId, currentModelId: activeModelId, candidateModelId, salt, plan },
        this.#nowMs(),
      );
      auditRollout(db, 'rollout.draft', added, { actor }, { template }, this.#nowMs());
      return added;
    });
    this.#options.onChanged();
    return drafted;
  }

  /** Changes the plan of one that has not begun. @throws {KenroError} `notFound`, `rolloutMoved`, `badRequest` */
  plan(id: number, plan: RolloutPlan, actor: string): Rollout {
    const { db } = this.#options;
    const changed = transaction(db, () => {
      const rollout = readRollout(db, id);
      if (rollout.state !== 'draft') throw new KenroError('rolloutMoved', { id });
      const known = new Set(
        listSources(db).flatMap((source) => (source.productId === rollout.productId ? [source.id] : [])),
      );
      if (plan.sourceIds.some((source) => !known.has(source))) {
        throw new KenroError('badRequest', { field: 'plan.sourceIds' });
      }
      const result = setRolloutPlan(db, id, plan);
      auditRollout(db, 'rollout.plan', result, { actor }, { plan, before: rollout.plan }, this.#nowMs());
      return result;
    });
    this.#options.onChanged();
    return changed;
  }

  /**
   * Lets the candidate judge in shadow.
   * @throws {KenroError} `modelDiffers`; `rolloutMoved` where another model is in use since it was planned
   */
  async begin(id: number, actor: string): Promise<Rollout> {
    const { db, admit } = this.#options;
    const rollout = readRollout(db, id);
    if (rollout.state !== 'draft') throw new KenroError('rolloutMoved', { id });
    await admit(rollout.candidateModelId, actor);
    return this.#changed(() => {
      if (readProduct(db, rollout.productId).activeModelId !== rollout.currentModelId) {
        throw new KenroError('rolloutMoved', { id });
      }
      return this.#move(rollout, { state: 'verification', step: 0 }, { actor, reason: '' });
    });
  }

  /**
   * Goes on to the next phase, where all its gates are passed at this moment.
   * @param by who has signed for it, and why
   * @throws {KenroError} `gatesOpen` naming them; `rolloutMoved`; `modelDiffers`
   */
  async promote(id: number, by: { actor: string; reason: string }): Promise<Rollout> {
    const rollout = readRollout(this.#options.db, id);
    const next = nextState(rollout.state);
    if (next === null) throw new KenroError('rolloutMoved', { id });
    await this.#options.admit(rollout.candidateModelId, by.actor);
    const { rollout: found, ...status } = await this.status(id);
    if (found.state !== rollout.state) throw new KenroError('rolloutMoved', { id });
    const open = status.gates.filter(({ state }) => state !== 'met').map(({ kind }) => kind);
    if (open.length > 0) throw new KenroError('gatesOpen', { gates: open.join(', ') });
    const step = next === 'full' ? found.step : 0;
    return this.#changed(() => this.#move(found, { state: next, step }, { ...by, status }));
  }

  /**
   * Back to the model before, from the next part on; parts under way go on record as they were assigned. Of a draft, the
   * plan is dropped.
   * @throws {KenroError} `notFound`; `rolloutMoved` where there is nothing to go back from
   */
  back(id: number, by: { actor: string; reason: string }): Rollout {
    const rollout = readRollout(this.#options.db, id);
    return this.#back(rollout, by);
  }

  /**
   * Before another model is put to work by hand.
   * @throws {KenroError} `inRollout` while two models of the product are being compared
   */
  refuseWhileCompared(productId: number): void {
    const open = this.#openOf(productId);
    if (open?.state !== 'verification' && open?.state !== 'limited') return;
    throw new KenroError('inRollout', { name: readModel(this.#options.db, open.currentModelId).name });
  }

  /** After another model was put to work by hand: what was in full production is finished by it. */
  finish(productId: number, actor: string): void {
    const open = this.#openOf(productId);
    if (open?.state !== 'full') return;
    const { activeModelId } = readProduct(this.#options.db, productId);
    if (activeModelId === open.candidateModelId) return;
    const to = { state: 'finished', step: open.step } as const;
    this.#changed(() => this.#move(open, to, { actor, reason: '' }));
  }

  /** Parts have come on record, or a word on them: the guards look. */
  recorded(): void {
    if (this.#timer || this.#stopped) return;
    const waitMs = Math.max(0, this.#lastCheckMs + checkEveryMs - this.#options.clock.monotonicMs());
    this.#timer = setTimeout(() => {
      this.#checking = this.#check().finally(() => (this.#timer = null));
    }, waitMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#idleTimer);
    if (this.#timer) clearTimeout(this.#timer);
    await this.#checking;
  }

  async #check(): Promise<void> {
    for (const rollout of this.#judging()) {
      try {
        await this.#look(rollout);
      } catch (thrown) {
        // Somebody else moved it meanwhile, or the engine is being restarted: the next look sees.
        if (!(thrown instanceof KenroError) && !this.#stopped) this.#options.onBug(thrown);
      }
    }
    this.#lastCheckMs = this.#options.clock.monotonicMs();
  }

  async #look(rollout: Rollout): Promise<void> {
    const guards = await rolloutGuards(this.#options, rollout, this.#nowMs());
    if (this.#stopped) return;
    const tripped = guards.find(({ state }) => state === 'tripped');
    if (tripped) {
      this.#backByGuard(rollout, tripped.kind, guards);
      return;
    }
    const isCalm = guards.every(({ state }) => state === 'calm');
    if (isCalm && isStepDone(this.#options.db, rollout, this.#nowMs())) {
      const to = { state: rollout.state, step: rollout.step + 1 };
      this.#changed(() => this.#move(rollout, to, { actor: 'station', reason: '' }));
    }
  }

  #backByGuard(rollout: Rollout, guard: GuardKind, guards: RolloutStatus['guards'] | null): void {
    const status = guards && { figures: null, gates: [], guards };
    this.#back(rollout, { actor: 'station', reason: '', guard, status });
  }

  #back(rollout: Rollout, by: Mover): Rollout {
    const { id, state, step } = rollout;
    if (state !== 'draft' && !isJudging(state)) throw new KenroError('rolloutMoved', { id });
    const to = { state: state === 'draft' ? 'cancelled' : 'rolledBack', step } as const;
    return this.#changed(() => this.#move(rollout, to, by));
  }

  #openOf(productId: number): Rollout | undefined {
    return openRollouts(this.#options.db).find((each) => each.productId === productId);
  }

  #judging(): Rollout[] {
    return openRollouts(this.#options.db).filter(({ state }) => isJudging(state));
  }

  #move(rollout: Rollout, to: Parameters<typeof recordMove>[2], by: Mover): Rollout {
    return recordMove(this.#options.db, rollout, to, by, this.#nowMs());
  }

  #changed(work: () => Rollout): Rollout {
    const moved = transaction(this.#options.db, work);
    this.#options.onChanged();
    return moved;
  }

  #nowMs(): number {
    return this.#options.clock.nowMs();
  }
}

function nextState(state: RolloutState): 'limited' | 'full' | null {
  if (state === 'verification') return 'limited';
  return state === 'limited' ? 'full' : null;
}
