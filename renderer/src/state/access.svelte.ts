import { roleFor, type ChannelName } from '../../../electron/contract/channels.ts';
import { reaches, type Person, type Role } from '../../../electron/contract/people.ts';
import type { I18n } from '../i18n/i18n.svelte.ts';
import type { StationState } from './station.svelte.ts';

/** A sign of life is told at most so often. */
const stayEveryMs = 20_000;

/** Who is at this page, what may be done here, and the dialog to sign in. */
export class Access {
  readonly #station: StationState;
  readonly #i18n: I18n;
  readonly #nowMs: () => number;
  #toldMs = Number.NEGATIVE_INFINITY;
  /** Whether the dialog is open. */
  asking = $state(false);

  /** @param nowMs steady time */
  constructor(station: StationState, i18n: I18n, nowMs: () => number) {
    this.#station = station;
    this.#i18n = i18n;
    this.#nowMs = nowMs;
  }

  get person(): Person | undefined {
    return this.#station.people.find(({ id }) => id === this.#station.session.personId);
  }

  /** Until there is one, everybody may do everything. */
  get hasAdmin(): boolean {
    return this.#station.people.some(({ role, active }) => role === 'admin' && active);
  }

  /**
   * The role that is lacking here for a call, or `null`: it may be made.
   * @param request for calls that ask more of one that changes more
   */
  lacking(name: ChannelName, request: object = {}): Role | null {
    const needed = roleFor(name, request);
    return reaches(this.#station.session.role, needed) ? null : needed;
  }

  /** In words what is lacking for a call, or `null`. */
  why(name: ChannelName, request?: object): string | null {
    const role = this.lacking(name, request);
    return role === null ? null : this.#i18n.t('access.needs', { role: this.#i18n.t(`role.${role}`) });
  }

  /** Somebody has touched the page: whoever is signed in is still there. */
  stay(): void {
    const nowMs = this.#nowMs();
    if (this.#station.session.personId === null || nowMs - this.#toldMs < stayEveryMs) return;
    this.#toldMs = nowMs;
    void this.#station.ask('people.stay', {});
  }
}
