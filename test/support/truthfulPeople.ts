import type { DemoConfig } from '../../electron/contract/domain.ts';
import { everything } from '../../electron/contract/history.ts';
import type { Verdict } from '../../electron/contract/verdict.ts';
import { labelOf } from '../../native-models/images/procedural/draw.ts';
import type { SecondScreen } from './secondScreen.ts';

const pauseMs = 300;
/** As many parts as are looked up at one time. */
const page = { rejects: 500, passed: 20 };

/** People at a demo line who say of its parts what these truly are, as `drawPart` knows. */
export class TruthfulPeople {
  readonly #screen: () => SecondScreen;
  readonly #productId: number;
  #isTalking = false;
  #talk: Promise<void> = Promise.resolve();

  /** @param screen as it is now: a page that was reloaded has another one */
  constructor(screen: () => SecondScreen, productId: number) {
    this.#screen = screen;
    this.#productId = productId;
  }

  /** Parts of the product, newest first; of some verdicts those without a word. */
  async parts(verdicts: Verdict[] | null = null, limit = page.rejects) {
    const human = verdicts === null ? null : ('none' as const);
    const filter = { ...everything, productId: this.#productId, human, verdicts };
    return (await this.#screen().call('history.page', { filter, before: null, after: null, limit })).rows;
  }

  /** Says a word on every reject that has none, and on some parts called OK. */
  async sayOnce(onRejects = page.rejects, onPassed = page.passed): Promise<void> {
    const { sources } = await this.#screen().call('station.snapshot', {});
    const config = sources.find(({ id }) => id === this.#productId)!.config as DemoConfig;
    const passed = onPassed === 0 ? [] : await this.parts(['OK'], onPassed);
    const parts = [...(await this.parts(['NG', 'REVIEW'], onRejects)), ...passed];
    for (const { id, origin } of parts) {
      const word = labelOf({ ...config, index: Number(origin) }) === 'ok' ? 'ok' : 'ng';
      await this.#screen().call('feedback.give', { inspectionId: id, word, reason: '' });
    }
  }

  /** Goes on saying so until `hush`. */
  talk(): void {
    this.#isTalking = true;
    const talk = async () => {
      while (this.#isTalking) {
        await this.sayOnce();
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    };
    this.#talk = talk();
    // Told by `hush`, and not as a rejection that nobody waits for.
    this.#talk.catch(() => undefined);
  }

  /** @throws what kept them from speaking */
  async hush(): Promise<void> {
    this.#isTalking = false;
    await this.#talk;
  }
}
