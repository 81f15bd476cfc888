import type { ErrorInfo } from '../../../electron/contract/errors.ts';

type Outcome<Value> = { ok: true; reply: Value } | { ok: false; error: ErrorInfo };

/**
 * Something that a screen has asked for: on its way, here, or not to be had. Three states that are never taken for each
 * other: nothing is called empty before an answer has said so. While it is asked for anew, what was here stays; what
 * cannot be had any more goes. An answer that was overtaken by a newer question is dropped.
 */
export class Answer<Value> {
  readonly #question: () => Promise<Outcome<Value>>;
  #value = $state.raw<Value | null>(null);
  #error = $state.raw<ErrorInfo | null>(null);
  #turn = 0;

  /** @param question asks the station; it may be asked again at any time, e.g. by "Try again" */
  constructor(question: () => Promise<Outcome<Value>>) {
    this.#question = question;
  }

  /** `null` while it is on its way or cannot be had. */
  get value(): Value | null {
    return this.#value;
  }

  /** Why it cannot be had. */
  get error(): ErrorInfo | null {
    return this.#error;
  }

  async ask(): Promise<void> {
    const turn = ++this.#turn;
    const outcome = await this.#question();
    if (turn !== this.#turn) return;
    this.#value = outcome.ok ? outcome.reply : null;
    this.#error = outcome.ok ? null : outcome.error;
  }

  /** Asks about something else: what was here does not belong to it. */
  askAnew(): Promise<void> {
    this.forget();
    return this.ask();
  }

  /** Nothing is asked for any more. */
  forget(): void {
    this.#turn += 1;
    this.#value = null;
    this.#error = null;
  }

  /** Takes what is known without asking, e.g. from the reply to a change. */
  take(value: Value): void {
    this.#turn += 1;
    this.#value = value;
    this.#error = null;
  }
}
