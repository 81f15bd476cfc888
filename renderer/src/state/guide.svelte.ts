import type { Bridge } from '../../../electron/contract/bridge.ts';
import type { DemoConfig, Source } from '../../../electron/contract/domain.ts';
import type { RolloutState as Phase } from '../../../electron/contract/rollout.ts';
import type { Navigation, Room } from './navigation.svelte.ts';
import type { StationState } from './station.svelte.ts';
import type { TrendsState } from './trends.svelte.ts';

/** Steps of the first hour, each with the screen that it happens on. */
export const guideSteps = [
  { name: 'verdict', room: 'inspect' },
  { name: 'disturb', room: 'inspect' },
  { name: 'review', room: 'review' },
  { name: 'retrain', room: 'retrain' },
  { name: 'compare', room: 'retrain' },
  { name: 'verify', room: 'rollout' },
  { name: 'limited', room: 'rollout' },
  { name: 'full', room: 'rollout' },
  { name: 'trend', room: 'trends' },
  { name: 'own', room: null },
] as const satisfies readonly { name: string; room: Room | null }[];
export type GuideStep = (typeof guideSteps)[number];

/** So many parts show what a verdict is. */
const partsSeen = 12;
/** From here on the demo line raises false alarms. */
const disturbed = { level: 0.3, rejects: 3, ofLast: 24 };
/** So many false alarms that people have found are something to learn from. */
export const falseAlarmsWanted = 30;

/** What is behind a rollout in each state. */
const passed: Partial<Record<Phase, readonly GuideStep['name'][]>> = {
  verification: ['verify'],
  limited: ['verify', 'limited'],
  full: ['verify', 'limited', 'full'],
  finished: ['verify', 'limited', 'full'],
};

/** Leads through the first hour on the demo line: sees by itself when a step is done, and keeps its place in the settings. */
export class GuideState {
  readonly #station: StationState;
  readonly #navigation: Navigation;
  readonly #trends: Pick<TrendsState, 'period'>;
  #phases = $state.raw<readonly Phase[]>([]);
  /** The step that was seen to be done last, for a word of praise. */
  #isJustDone = $state(false);
  /** Somebody went back to read a step again: it stays until it is left by hand. */
  #isReading = $state(false);

  constructor(
    station: StationState,
    navigation: Navigation,
    trends: Pick<TrendsState, 'period'>,
    bridge: Bridge,
  ) {
    this.#station = station;
    this.#navigation = navigation;
    this.#trends = trends;
    bridge.on('rollouts.changed', () => void this.look());
  }

  get isOpen(): boolean {
    return this.#station.settings?.greeted === false && this.#navigation.room !== 'help';
  }

  /** From 0. */
  get at(): number {
    return Math.min(this.#station.settings?.guideStep ?? 0, guideSteps.length - 1);
  }

  get step(): GuideStep {
    return guideSteps[this.at]!;
  }

  /** Whether the step before was left because it was done. */
  get isJustDone(): boolean {
    return this.#isJustDone;
  }

  /** The demo line that runs, else the first. */
  get demo(): (Source & { config: DemoConfig }) | undefined {
    const demos = this.#station.sources.filter((source) => isDemo(source));
    return demos.find(({ paused }) => !paused) ?? demos[0];
  }

  /** False alarms that people have found today, as far as they are wanted. */
  get found(): number {
    return Math.min(falseAlarmsWanted, this.#station.counters?.falseAlarms ?? 0);
  }

  /** Whether the step at hand is done, as far as can be seen. */
  get isDone(): boolean {
    const { demo } = this;
    const { recent, jobs, models } = this.#station;
    switch (this.step.name) {
      case 'verdict':
        return recent.length >= partsSeen;
      case 'disturb': {
        const { light, blur, noise } = demo?.config.disturbances ?? { light: 0, blur: 0, noise: 0 };
        const rejects = recent.slice(-disturbed.ofLast).filter(({ verdict }) => verdict !== 'OK').length;
        return Math.max(light, blur, noise) >= disturbed.level && rejects >= disturbed.rejects;
      }
      case 'review':
        return this.found >= falseAlarmsWanted;
      case 'retrain':
        return jobs.some(
          ({ kind, productId, state }) =>
            kind === 'retrain' && productId === demo?.productId && state === 'done',
        );
      case 'compare':
        return models.some(
          ({ productId, origin }) => productId === demo?.productId && origin.tuned !== undefined,
        );
      case 'verify':
      case 'limited':
      case 'full':
        return this.#phases.some((phase) => passed[phase]?.includes(this.step.name) === true);
      case 'trend':
        return this.#navigation.room === 'trends' && this.#trends.period === 'hour';
      case 'own':
        return false;
    }
  }

  /** Whether to go on now. */
  get mayAdvance(): boolean {
    return this.isOpen && !this.#isReading && this.isDone;
  }

  /** Asks how the rollouts of the demo line's product stand. */
  async look(): Promise<void> {
    const { demo } = this;
    if (!this.isOpen || demo === undefined) return;
    const outcome = await this.#station.ask('rollout.list', { productId: demo.productId });
    if (outcome.ok) this.#phases = outcome.reply.rollouts.map(({ state }) => state);
  }

  /** On to the next step, because this one was seen to be done. */
  advance(): void {
    this.#isJustDone = true;
    this.#goTo(this.at + 1);
  }

  next(): void {
    this.#isJustDone = false;
    this.#isReading = false;
    this.#goTo(this.at + 1);
  }

  previous(): void {
    this.#isJustDone = false;
    this.#isReading = true;
    this.#goTo(this.at - 1);
  }

  /** For good; brought back from the settings it goes on where it was, or begins anew where it was through. */
  close(): void {
    const isThrough = this.at === guideSteps.length - 1;
    void this.#station.changeSettings({ greeted: true, ...(isThrough ? { guideStep: 0 } : {}) });
  }

  #goTo(at: number): void {
    void this.#station.changeSettings({ guideStep: Math.max(0, Math.min(at, guideSteps.length - 1)) });
  }
}

function isDemo(source: Source): source is Source & { config: DemoConfig } {
  return source.config.kind === 'demo';
}
