import { KenroError } from '../../contract/errors.ts';
import { Turns } from '../../learning/turns.ts';
import type { Clock } from '../../platform/clock.ts';
import { appendAudit } from '../../store/audit.ts';
import { transaction, type WritableDb } from '../../store/db.ts';
import {
  addFailure,
  clearFailures,
  failuresOf,
  failuresSince,
  forgetFuture,
} from '../../store/signInFailures.ts';
import { overallDelay, overallMs, ownDelay, waitMs } from './delays.ts';
import { isSecret } from './secrets.ts';

/** Whose secret is asked for. */
export interface Subject {
  /** E.g. `person:3`. */
  readonly key: string;
  /** For the audit trail. */
  readonly name: string;
  /** The salted hash; read when its turn has come. */
  readonly kept: () => string;
}

/** Looks at PINs, passwords and the recovery code, one at a time, and ever more slowly while they are wrong. */
export class Gatekeeper {
  readonly #db: WritableDb;
  readonly #clock: Clock;
  /** One guess at a time, so that many at once neither escape the delay nor fill the memory. */
  readonly #turns = new Turns();

  constructor(db: WritableDb, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** @throws {KenroError} `wrongPassword`; `tooManyAttempts` (`seconds`), when the right one is not looked at either */
  check(subject: Subject, secret: string): Promise<void> {
    return this.#turns.take(async () => {
      this.#assertNoWait(subject.key);
      // Counted before it is looked at: ending the program in the middle is no way around it.
      transaction(this.#db, () => addFailure(this.#db, subject.key, this.#clock.nowMs()));
      if (await isSecret(secret, subject.kept())) return clearFailures(this.#db, subject.key);
      const nowMs = this.#clock.nowMs();
      const { count } = failuresOf(this.#db, subject.key);
      const detail = { name: subject.name, failures: count };
      appendAudit(this.#db, { action: 'people.refused', detail }, nowMs);
      throw new KenroError('wrongPassword', this.#waitOf(subject.key, nowMs));
    });
  }

  #assertNoWait(key: string): void {
    const nowMs = this.#clock.nowMs();
    forgetFuture(this.#db, nowMs);
    const wait = this.#waitOf(key, nowMs);
    if (wait.seconds !== undefined) throw new KenroError('tooManyAttempts', wait);
  }

  /** In whole seconds, where there is one. */
  #waitOf(key: string, nowMs: number): { seconds?: number } {
    const own = waitMs(failuresOf(this.#db, key), nowMs, ownDelay);
    const overall = waitMs(failuresSince(this.#db, nowMs - overallMs), nowMs, overallDelay);
    const longest = Math.max(own, overall);
    return longest === 0 ? {} : { seconds: Math.ceil(longest / 1000) };
  }
}
