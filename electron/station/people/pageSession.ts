import { KenroError } from '../../contract/errors.ts';
import type { Emit } from '../../contract/events.ts';
import { reaches, type Person, type Role, type SessionState } from '../../contract/people.ts';
import type { Acting } from '../../platform/acting.ts';

/** What a page has to know of the others. */
export interface House {
  /** The person as they are now. */
  person(id: number): Person | undefined;
  /** Until there is one, everybody may do everything. */
  readonly hasAdmin: boolean;
  monotonicMs(): number;
  /** After so long without a sign of life a person is signed out. */
  idleMs(): number;
  /** Puts it on record that a person was signed out. */
  onEnded(person: Person, ended: NonNullable<SessionState['ended']>): void;
  closed(page: PageSession): void;
}

/** Work that a page has asked for. */
export class PageCall implements Acting {
  readonly page: PageSession;
  readonly actor: string;

  constructor(page: PageSession, actor: string) {
    this.page = page;
    this.actor = actor;
  }
}

/** One open page (a window, or one socket of a browser), and who is signed in at it. */
export class PageSession {
  readonly #house: House;
  readonly #tell: Emit;
  #personId: number | null = null;
  #usedMs = 0;

  constructor(house: House, tell: Emit) {
    this.#house = house;
    this.#tell = tell;
  }

  /** Who is signed in, as they are now. */
  get person(): Person | null {
    return this.#personId === null ? null : (this.#house.person(this.#personId) ?? null);
  }

  get state(): SessionState {
    return { personId: this.#personId, role: this.#role };
  }

  get #role(): Role {
    if (!this.#house.hasAdmin) return 'admin';
    return this.person?.role ?? 'operator';
  }

  /**
   * Lets a call in; one that not everybody may make is a sign of life.
   * @throws {KenroError} `signInNeeded` (`role`) when nobody is signed in, `roleLacking` (`role`, `own`)
   */
  admit(needed: Role): PageCall {
    this.endIfIdle();
    if (!reaches(this.#role, needed)) {
      if (this.person === null) throw new KenroError('signInNeeded', { role: needed });
      throw new KenroError('roleLacking', { role: needed, own: this.#role });
    }
    if (needed !== 'operator') this.stay();
    return new PageCall(this, this.person?.name ?? 'operator');
  }

  signIn(person: Person): SessionState {
    this.#personId = person.id;
    this.stay();
    return this.#changed();
  }

  /** @param ended why, where it was not the person's own wish */
  signOut(ended?: SessionState['ended']): SessionState {
    const { person } = this;
    this.#personId = null;
    if (person !== null && ended !== undefined) this.#house.onEnded(person, ended);
    return this.#changed(ended);
  }

  /** Somebody is there. */
  stay(): void {
    this.#usedMs = this.#house.monotonicMs();
  }

  endIfIdle(): void {
    const isIdle = this.#house.monotonicMs() - this.#usedMs >= this.#house.idleMs();
    if (this.#personId !== null && isIdle) this.signOut('idle');
  }

  /** The role of the person, or of everybody, may have become another one. */
  refresh(): void {
    if (this.person?.active === false) this.signOut('deactivated');
    else this.#changed();
  }

  close(): void {
    this.#house.closed(this);
  }

  #changed(ended?: SessionState['ended']): SessionState {
    const state = { ...this.state, ...(ended === undefined ? {} : { ended }) };
    this.#tell('session.changed', state);
    return state;
  }
}
