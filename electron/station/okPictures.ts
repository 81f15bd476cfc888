import { okPicturesWanted } from '../contract/domain.ts';
import type { Uniform } from '../platform/random.ts';
import type { PartOnRecord } from './part.ts';

/** After many parts that were not OK, their counterparts are not looked for all day. */
const mostOwed = 20;

export interface OkPicturesOptions {
  /** A sample of one in so many is always kept; 0 = no picture of an OK part is. */
  readonly oneIn: () => number;
  readonly random: Uniform;
  /** How many of a product's pictures of OK parts are kept already, counted up to a limit. */
  readonly count: (productId: number, limit: number) => number;
}

interface Kept {
  pictures: number;
  /** Parts that were not OK and have no counterpart yet. */
  owed: number;
}

/**
 * Which parts keep their picture although they are OK. A model that is retrained for a line that has changed needs good
 * parts as they look now, not only those that were rejected: the first ones of a product are kept, then one beside each
 * part that was not OK, taken under the same circumstances (a matched control, as in nested case-control studies), and a
 * sample by chance, so that a line that repeats itself is sampled evenly.
 */
export class OkPictures {
  readonly #options: OkPicturesOptions;
  readonly #kept = new Map<number, Kept>();

  constructor(options: OkPicturesOptions) {
    this.#options = options;
  }

  /** Whether the next part of this product keeps its picture even when it is OK. */
  wants(productId: number): boolean {
    const { oneIn, random } = this.#options;
    if (oneIn() === 0) return false;
    const { pictures, owed } = this.#of(productId);
    return pictures < okPicturesWanted || owed > 0 || random() * oneIn() < 1;
  }

  recorded(parts: readonly Pick<PartOnRecord, 'inspection'>[]): void {
    if (this.#options.oneIn() === 0) return;
    for (const { inspection } of parts) {
      const own = this.#of(inspection.productId);
      if (inspection.verdict !== 'OK') own.owed = Math.min(mostOwed, own.owed + 1);
      else if (inspection.imageKept) {
        own.pictures += 1;
        own.owed = Math.max(0, own.owed - 1);
      }
    }
  }

  #of(productId: number): Kept {
    const known = this.#kept.get(productId);
    if (known) return known;
    const found = { pictures: this.#options.count(productId, okPicturesWanted), owed: 0 };
    this.#kept.set(productId, found);
    return found;
  }
}
