import { KenroError } from '../contract/errors.ts';
import type { EngineClient } from '../engine/client.ts';

/** How long the process stays after its last use, in case there is another. */
const idleMs = 60_000;

/** An engine process that exists only while somebody needs it. */
export class OnDemandEngine {
  readonly #start: () => EngineClient;
  #client: EngineClient | null = null;
  #users = 0;
  #stopped = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(start: () => EngineClient) {
    this.#start = start;
  }

  /** @throws {KenroError} `cancelled` after `stop`, and what `work` throws. */
  async use<Result>(work: (client: EngineClient) => Promise<Result>): Promise<Result> {
    if (this.#stopped) throw new KenroError('cancelled');
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#client ??= this.#start();
    this.#users++;
    try {
      return await work(this.#client);
    } finally {
      this.#users--;
      if (this.#users === 0 && this.#client) this.#timer = setTimeout(() => void this.#end(), idleMs);
    }
  }

  /** For good. What is under way rejects with `cancelled`. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const client = this.#client;
    this.#client = null;
    await client?.stop();
  }
}
