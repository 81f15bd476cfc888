import { AsyncLocalStorage } from 'node:async_hooks';

/** On whose behalf something is being done. */
export interface Acting {
  /** As the audit trail names them; what it was when the work began. */
  readonly actor: string;
}

const storage = new AsyncLocalStorage<Acting>();

/** Does work on somebody's behalf: all that it calls, and all that it waits for, finds them by {@link acting}. */
export function actFor<Result>(who: Acting, work: () => Result): Result {
  return storage.run(who, work);
}

/** On whose behalf the work under way is done, where it was begun by {@link actFor}. */
export function acting(): Acting | undefined {
  return storage.getStore();
}

/** How the audit trail names who asks: whoever is at the line, where nobody has signed in. */
export function actorName(): string {
  return acting()?.actor ?? 'operator';
}
