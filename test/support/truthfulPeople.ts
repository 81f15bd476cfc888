import type { DemoConfig, Inspection } from '../../electron/contract/domain.ts';
import { everything } from '../../electron/contract/history.ts';
import type { Verdict } from '../../electron/contract/verdict.ts';
import { labelOf } from '../../native-models/images/procedural/draw.ts';
import type { SecondScreen } from './secondScreen.ts';

/** Between two looks at what has come. */
const breathMs = 300;
/** Parts called OK that are looked at each time. */
const okParts = 20;
const mostParts = 500;

/** People who say of rejects, and of some parts called OK, what a demo line has truly made. */
export class TruthfulPeople {
  readonly #line: SecondScreen;
  readonly #productId: number;
  readonly #config: DemoConfig;
  #isAtWork = false;
  #work: Promise<void> = Promise.resolve();

  /** @param config of the demo line that makes the product */
  constructor(line: SecondScreen, productId: number, config: DemoConfig) {
    this.#line = line;
    this.#productId = productId;
    this.#config = config;
  }

  isGood({ origin }: Inspection): boolean {
    return labelOf({ ...this.#config, index: Number(origin) }) === 'ok';
  }

  start(): void {
    this.#isAtWork = true;
    this.#work = this.#judge();
  }

  async rest(): Promise<void> {
    this.#isAtWork = false;
    await this.#work.catch(() => undefined);
  }

  async #judge(): Promise<void> {
    while (this.#isAtWork) {
      const parts = [
        ...(await this.#waiting(['NG', 'REVIEW'], mostParts)),
        ...(await this.#waiting(['OK'], okParts)),
      ];
      for (const part of parts) {
        const word = this.isGood(part) ? 'ok' : 'ng';
        await this.#line.call('feedback.give', { inspectionId: part.id, word, reason: '' });
      }
      await new Promise((resolve) => setTimeout(resolve, breathMs));
    }
  }

  /** Newest first, without a word. */
  async #waiting(verdicts: Verdict[], limit: number): Promise<Inspection[]> {
    const filter = { ...everything, productId: this.#productId, human: 'none' as const, verdicts };
    return (await this.#line.call('history.page', { filter, before: null, after: null, limit })).rows;
  }
}
