/** Lets only a few small pictures load at a time, newest first; those no longer wanted are dropped unloaded. */
export class ThumbnailQueue {
  readonly #atOnce: number;
  #waiting: { start: () => void }[] = [];
  #running = 0;

  constructor(atOnce = 3) {
    this.#atOnce = atOnce;
  }

  /**
   * @param start called when it is this picture's turn, with what to call once it is loaded or failed
   * @returns cancels: before its turn the picture is never loaded, after it the place is given back
   */
  enter(start: (release: () => void) => void): () => void {
    let released = false;
    let started = false;
    const release = () => {
      if (!started || released) return;
      released = true;
      this.#running -= 1;
      this.#next();
    };
    const entry = {
      start: () => {
        started = true;
        start(release);
      },
    };
    this.#waiting.push(entry);
    this.#next();
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      release();
    };
  }

  #next(): void {
    while (this.#running < this.#atOnce) {
      const entry = this.#waiting.pop();
      if (entry === undefined) return;
      this.#running += 1;
      entry.start();
    }
  }
}
