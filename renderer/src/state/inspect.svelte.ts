import type { AnomalyMap, HumanWord, Inspection } from '../../../electron/contract/domain.ts';
import type { StationState } from './station.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

export const filmstripLength = 24;

/**
 * What the live screen shows: the newest part, or one that is held. The human's word always goes to the part on
 * display, so that nobody judges a picture they do not see.
 */
export class InspectState {
  readonly #station: StationState;
  readonly #toasts: Toasts;
  #held = $state.raw<{ id: number; map: AnomalyMap | null } | null>(null);
  #heldInspection = $state.raw<Inspection | null>(null);
  #holdRejects = $state(false);
  #given = $state.raw<number[]>([]);

  constructor(station: StationState, toasts: Toasts) {
    this.#station = station;
    this.#toasts = toasts;
  }

  /** The part on display. */
  get shown(): Inspection | null {
    if (this.#held === null) return this.#station.latest?.inspection ?? null;
    const { id } = this.#held;
    return this.#station.recent.find((part) => part.id === id) ?? this.#heldInspection;
  }

  get map(): AnomalyMap | null {
    return this.#held === null ? (this.#station.latest?.map ?? null) : this.#held.map;
  }

  get isHeld(): boolean {
    return this.#held !== null;
  }

  /** Whether a reject stays on display until someone has said a word or gone back to live. */
  get holdRejects(): boolean {
    return this.#holdRejects;
  }

  get filmstrip(): readonly Inspection[] {
    return this.#station.recent.slice(-filmstripLength);
  }

  /** Whether there is a word of this session to take back. */
  get canUndo(): boolean {
    return this.#given.length > 0;
  }

  setHoldRejects(on: boolean): void {
    this.#holdRejects = on;
    if (on) this.follow();
  }

  /** Called for each newest part: holds it if it is a reject and holding is on. */
  follow(): void {
    const latest = this.#station.latest;
    if (!this.#holdRejects || this.isHeld || latest === null) return;
    const { inspection, map } = latest;
    if (inspection.verdict === 'OK' || inspection.human !== null) return;
    this.#heldInspection = inspection;
    this.#held = { id: inspection.id, map };
  }

  async hold(id: number): Promise<void> {
    const known = this.#station.recent.find((part) => part.id === id) ?? null;
    const latest = this.#station.latest;
    this.#heldInspection = known;
    this.#held = { id, map: latest?.inspection.id === id ? latest.map : null };
    const part = await this.#station.call('history.part', { id });
    if (part === null || this.#held?.id !== id) return;
    this.#heldInspection = part.inspection;
    this.#held = { id, map: part.map };
  }

  /** Back to the newest part. */
  live(): void {
    this.#held = null;
    this.#heldInspection = null;
  }

  /** Holds the neighbour of the part on display: −1 = older, +1 = newer; past the newest it goes live. */
  step(by: -1 | 1): void {
    const strip = this.#station.recent;
    const at = strip.findIndex((part) => part.id === this.shown?.id);
    const next = strip[at + by];
    if (next !== undefined) void this.hold(next.id);
    else if (by === 1) this.live();
  }

  /** Records the human's word on the part on display. */
  async say(word: HumanWord): Promise<void> {
    const part = this.shown;
    if (part === null) return;
    const changed = await this.#station.call('feedback.give', { inspectionId: part.id, word, reason: '' });
    if (changed === null) return;
    if (this.#held?.id === changed.id) this.#heldInspection = changed;
    this.#given = [...this.#given.filter((id) => id !== changed.id), changed.id];
    if (this.#holdRejects) this.live();
    this.#toasts.tell(
      word === 'ok' ? 'feedback.saidOk' : 'feedback.saidNg',
      { part: changed.serial || `#${changed.id}` },
      { key: 'feedback.undo', shortcut: 'U', run: () => void this.undo(changed.id) },
    );
  }

  /** Takes back the last word given on this page, or the one on the part named. */
  async undo(inspectionId: number | undefined = this.#given.at(-1)): Promise<void> {
    if (inspectionId === undefined) return;
    const changed = await this.#station.call('feedback.withdraw', { inspectionId });
    if (changed === null) return;
    if (this.#held?.id === changed.id) this.#heldInspection = changed;
    this.#given = this.#given.filter((id) => id !== inspectionId);
    this.#toasts.tell('feedback.takenBack', { part: changed.serial || `#${changed.id}` });
  }
}
