import type { Part, PartSource } from './part.ts';

export interface TakenPart {
  readonly part: Part;
  readonly source: PartSource;
}

/** Takes one part from each source in turn, so that a folder with thousands of files cannot starve a camera. */
export class FairQueue {
  #sources: PartSource[] = [];
  #next = 0;

  attach(source: PartSource): void {
    this.#sources.push(source);
  }

  detach(source: PartSource): void {
    const index = this.#sources.indexOf(source);
    if (index < 0) return;
    this.#sources.splice(index, 1);
    if (index < this.#next) this.#next--;
  }

  /** @param mayTake whether it is this source's turn at all */
  take(mayTake: (source: PartSource) => boolean = () => true): TakenPart | null {
    for (let tried = 0; tried < this.#sources.length; tried++) {
      const source = this.#sources[this.#next % this.#sources.length] as PartSource;
      this.#next = (this.#next + 1) % this.#sources.length;
      const part = mayTake(source) ? source.take() : null;
      if (part) return { part, source };
    }
    return null;
  }
}
