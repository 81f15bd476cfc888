/** Lets one piece of work at a time through, in the order in which they came. */
export class Turns {
  #before: Promise<unknown> = Promise.resolve();

  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#before.then(work);
    this.#before = turn.catch(() => undefined);
    return turn;
  }
}
