import { KenroError } from '../../contract/errors.ts';
import type { Emit } from '../../contract/events.ts';
import {
  reaches,
  type Person,
  type Role,
  type SecretKind,
  type SessionState,
  type Signature,
} from '../../contract/people.ts';
import { acting } from '../../platform/acting.ts';
import type { Clock } from '../../platform/clock.ts';
import { appendAudit } from '../../store/audit.ts';
import { transaction, type WritableDb } from '../../store/db.ts';
import {
  addPerson,
  changePerson,
  listPeople,
  nameKey,
  readPerson,
  readPersonSecret,
  readRecovery,
  setPersonSecret,
  setRecovery,
} from '../../store/people.ts';
import { Gatekeeper, type Subject } from './gatekeeper.ts';
import { PageCall, PageSession, type House } from './pageSession.ts';
import { newRecoveryCode, readRecoveryCode } from './recoveryCode.ts';
import { assertStrong, hashSecret } from './secrets.ts';

export interface PeopleOptions {
  readonly db: WritableDb;
  readonly clock: Clock;
  /** Tells every open page. */
  readonly emit: Emit;
  /** Minutes without a sign of life after which a person is signed out. */
  readonly signOutAfterMinutes: () => number;
}

/** A PIN or password that is to be set. */
export interface NewSecret {
  readonly secretKind: SecretKind;
  readonly secret: string;
}

/** What the audit trail calls those who are no person; nobody may be named like them. */
const reservedNames = ['operator', 'station', 'terminal'];
const idleCheckMs = 5_000;

/** Who can sign in, who is signed in at which page, and what each may do. */
export class People {
  readonly #options: PeopleOptions;
  readonly #gatekeeper: Gatekeeper;
  readonly #pages = new Set<PageSession>();
  readonly #house: House;
  readonly #timer: NodeJS.Timeout;
  #list: Person[];

  constructor(options: PeopleOptions) {
    this.#options = options;
    this.#gatekeeper = new Gatekeeper(options.db, options.clock);
    this.#list = listPeople(options.db);
    this.#house = this.#makeHouse();
    this.#timer = setInterval(() => this.#pages.forEach((page) => page.endIfIdle()), idleCheckMs);
    this.#timer.unref();
  }

  /** Everybody, also who may not sign in any more. */
  get list(): Person[] {
    return this.#list;
  }

  get hasAdmin(): boolean {
    return this.#list.some(({ role, active }) => role === 'admin' && active);
  }

  /** A page has been opened. @param tell tells this page alone */
  openPage(tell: Emit): PageSession {
    const page = new PageSession(this.#house, tell);
    this.#pages.add(page);
    return page;
  }

  /** What may be done at the page whose call is under way. */
  get session(): SessionState {
    return this.#page?.state ?? { personId: null, role: this.hasAdmin ? 'operator' : 'admin' };
  }

  /**
   * The person signed in at the page whose call is under way signs with their PIN or password, given once more.
   * @throws {KenroError} `signInNeeded`, `roleLacking`, `wrongPassword`, `tooManyAttempts`
   */
  async sign({ password }: Signature, role: Role): Promise<Person> {
    const person = this.#signedIn(role);
    if (!reaches(person.role, role)) throw new KenroError('roleLacking', { role, own: person.role });
    await this.#gatekeeper.check(this.#subject(person), password);
    this.#page?.stay();
    return person;
  }

  /** @throws {KenroError} `notFound`, `wrongPassword`, `tooManyAttempts` */
  async signIn(id: number, secret: string): Promise<SessionState> {
    const person = this.#active(id);
    await this.#gatekeeper.check(this.#subject(person), secret);
    return this.#enter(this.#active(id));
  }

  signOut(): SessionState {
    const person = this.#page?.person;
    if (person) this.#audit('people.signOut', { name: person.name }, person.name);
    return this.#page?.signOut() ?? this.session;
  }

  /** A sign of life at the page. */
  stay(): void {
    this.#page?.stay();
  }

  /**
   * Makes the first administrator and signs them in; from then on changing needs a sign-in.
   * @returns the code that lets an administrator in once who has lost the password; it is shown this once only
   * @throws {KenroError} `notAllowed` when there is an administrator; `secretWeak`, `conflict`
   */
  async makeFirstAdmin(given: { name: string } & NewSecret): Promise<{ recoveryCode: string }> {
    const secret = await this.#newSecret(given, given.name);
    const recovery = await this.#newRecovery();
    const person = transaction(this.#options.db, () => {
      if (this.hasAdmin) throw new KenroError('notAllowed', { what: 'person' });
      const added = addPerson(this.#options.db, { name: given.name, role: 'admin', secret }, this.#nowMs());
      recovery.keep();
      this.#audit('people.firstAdmin', { id: added.id, name: added.name }, added.name);
      return added;
    });
    this.#changed();
    this.#enter(person);
    return { recoveryCode: recovery.code };
  }

  /** @throws {KenroError} `signInNeeded`, `secretWeak`, `conflict` */
  async add(given: { name: string; role: Role } & NewSecret): Promise<Person> {
    this.#signedIn('admin');
    const { name, role } = given;
    const secret = await this.#newSecret(given, name);
    const added = transaction(this.#options.db, () => {
      const person = addPerson(this.#options.db, { name, role, secret }, this.#nowMs());
      this.#audit('people.add', { id: person.id, name, role });
      return person;
    });
    this.#changed();
    return added;
  }

  /** @throws {KenroError} `signInNeeded`, `notFound`; `lastAdmin` when nobody would be left to administrate */
  change(id: number, change: { role?: Role | undefined; active?: boolean | undefined }): Person {
    this.#signedIn('admin');
    const changed = transaction(this.#options.db, () => {
      const before = readPerson(this.#options.db, id);
      const after = changePerson(this.#options.db, id, change);
      const isAdmin = (person: Person) => person.role === 'admin' && person.active;
      if (!listPeople(this.#options.db).some(isAdmin))
        throw new KenroError('lastAdmin', { name: before.name });
      const was = { role: before.role, active: before.active };
      this.#audit('people.change', { id, name: after.name, ...change, before: was });
      return after;
    });
    this.#changed();
    return changed;
  }

  /** Sets the PIN or password of somebody else. @throws {KenroError} `signInNeeded`, `notFound`, `secretWeak` */
  async resetSecret(id: number, given: NewSecret): Promise<Person> {
    this.#signedIn('admin');
    return this.#setSecret(readPerson(this.#options.db, id), given, 'people.resetSecret');
  }

  /** @throws {KenroError} `signInNeeded`, `wrongPassword`, `tooManyAttempts`, `secretWeak` */
  async changeOwnSecret(old: string, given: NewSecret): Promise<Person> {
    const person = this.#signedIn('operator');
    await this.#gatekeeper.check(this.#subject(person), old);
    return this.#setSecret(person, given, 'people.changeSecret');
  }

  /** @returns a code that takes the place of the one before @throws {KenroError} `signInNeeded` */
  async renewRecoveryCode(): Promise<{ recoveryCode: string }> {
    this.#signedIn('admin');
    const recovery = await this.#newRecovery();
    transaction(this.#options.db, () => {
      recovery.keep();
      this.#audit('people.recoveryCode', {});
    });
    return { recoveryCode: recovery.code };
  }

  /**
   * Gives an administrator who has lost the password a new one, in exchange for the recovery code, and signs them in.
   * @returns the next recovery code
   * @throws {KenroError} `notFound` when there is no such administrator; `wrongPassword`, `tooManyAttempts`, `secretWeak`
   */
  async recover({ id, code, ...given }: { id: number; code: string } & NewSecret) {
    const person = readPerson(this.#options.db, id);
    if (person.role !== 'admin') throw new KenroError('notFound', { what: 'person', id });
    assertStrong(given.secret, given.secretKind, person.name);
    const kept = readRecovery(this.#options.db);
    if (kept === null) throw new KenroError('notFound', { what: 'recovery', id });
    await this.#gatekeeper.check(
      { key: 'recovery', name: person.name, kept: () => kept },
      readRecoveryCode(code),
    );
    const secret = await this.#newSecret(given, person.name);
    const recovery = await this.#newRecovery();
    const recovered = transaction(this.#options.db, () => {
      setPersonSecret(this.#options.db, id, secret);
      recovery.keep();
      this.#audit('people.recover', { id, name: person.name }, person.name);
      return changePerson(this.#options.db, id, { active: true });
    });
    this.#changed();
    this.#signOutElsewhere(id);
    this.#enter(recovered);
    return { recoveryCode: recovery.code };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get #page(): PageSession | null {
    const call = acting();
    return call instanceof PageCall ? call.page : null;
  }

  /** Whoever signs in at the page, even while everybody may do everything. @throws {KenroError} `signInNeeded` */
  #signedIn(role: Role): Person {
    const person = this.#page?.person;
    if (!person) throw new KenroError('signInNeeded', { role });
    return person;
  }

  #active(id: number): Person {
    const person = readPerson(this.#options.db, id);
    if (!person.active) throw new KenroError('notFound', { what: 'person', id });
    return person;
  }

  #enter(person: Person): SessionState {
    this.#audit('people.signIn', { name: person.name }, person.name);
    return this.#page?.signIn(person) ?? this.session;
  }

  #subject({ id, name }: Person): Subject {
    return { key: `person:${id}`, name, kept: () => readPersonSecret(this.#options.db, id) };
  }

  async #newSecret({ secret, secretKind }: NewSecret, name: string) {
    if (reservedNames.includes(nameKey(name))) throw new KenroError('conflict', { what: 'person', name });
    assertStrong(secret, secretKind, name);
    return { kind: secretKind, hash: await hashSecret(secret) };
  }

  async #newRecovery() {
    const code = newRecoveryCode();
    const hash = await hashSecret(code);
    return { code, keep: () => setRecovery(this.#options.db, hash, this.#nowMs()) };
  }

  async #setSecret(
    person: Person,
    given: NewSecret,
    action: 'people.resetSecret' | 'people.changeSecret',
  ): Promise<Person> {
    const secret = await this.#newSecret(given, person.name);
    const changed = transaction(this.#options.db, () => {
      this.#audit(action, { id: person.id, name: person.name });
      return setPersonSecret(this.#options.db, person.id, secret);
    });
    this.#changed();
    this.#signOutElsewhere(person.id);
    return changed;
  }

  /** Who has the old PIN or password must not stay in with it. */
  #signOutElsewhere(id: number): void {
    for (const page of this.#pages) {
      if (page !== this.#page && page.person?.id === id) page.signOut('secretChanged');
    }
  }

  #changed(): void {
    this.#list = listPeople(this.#options.db);
    this.#options.emit('people.changed', this.#list);
    for (const page of this.#pages) page.refresh();
  }

  #audit(
    action: Parameters<typeof appendAudit>[1]['action'],
    detail: Record<string, unknown>,
    actor?: string,
  ) {
    const event = { action, detail, ...(actor === undefined ? {} : { actor }) };
    appendAudit(this.#options.db, event, this.#nowMs());
  }

  #nowMs(): number {
    return this.#options.clock.nowMs();
  }

  #makeHouse(): House {
    const hasAdmin = () => this.hasAdmin;
    return {
      person: (id) => this.#list.find((each) => each.id === id),
      get hasAdmin() {
        return hasAdmin();
      },
      monotonicMs: () => this.#options.clock.monotonicMs(),
      idleMs: () => this.#options.signOutAfterMinutes() * 60_000,
      onEnded: ({ name }, ended) => this.#audit('people.signOut', { name, ended }, name),
      closed: (page) => this.#pages.delete(page),
    };
  }
}
