import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';

const maxSessions = 64;
const maxLinks = 64;

/**
 * Who may see the station. A link carries a token that opens it once; the browser then holds a session in a
 * cookie that no script can read. Only digests are kept, and both are found by digest, so the time a look-up
 * takes says nothing about a secret.
 */
export class Sessions {
  readonly #clock: Clock;
  /** Digest of a token → monotonic time after which it no longer opens. */
  readonly #links = new Map<string, number>();
  readonly #sessions = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param validMs how long the token may wait to be used; for ever by default */
  newToken(validMs = Infinity): string {
    const token = randomBytes(32).toString('base64url');
    this.#links.set(digest(token), this.#clock.monotonicMs() + validMs);
    dropOldest(this.#links, maxLinks);
    return token;
  }

  /** The session's secret in exchange for the token, or `null`; a token works once. */
  exchange(token: string): string | null {
    const key = digest(token);
    const validUntil = this.#links.get(key);
    if (validUntil === undefined) return null;
    this.#links.delete(key);
    if (this.#clock.monotonicMs() > validUntil) return null;
    const session = randomBytes(32).toString('base64url');
    this.#sessions.add(digest(session));
    dropOldest(this.#sessions, maxSessions);
    return session;
  }

  has(session: string | null): boolean {
    return session !== null && this.#sessions.has(digest(session));
  }
}

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function dropOldest(entries: Map<string, unknown> | Set<string>, limit: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= limit) return;
    entries.delete(key);
  }
}
