import { KenroError } from '../../contract/errors.ts';
import type { AuditAction } from '../../contract/domain.ts';
import type { WordBatch } from '../../contract/review.ts';
import {
  batchOf,
  beginBatch,
  giveSome,
  markTakenBack,
  takeBackSome,
  wordsOf,
  type NewBatch,
  type NewWord,
} from '../../store/wordBatches.ts';
import { audited, type StationContext } from '../context.ts';
import { inPieces } from '../inPieces.ts';

/**
 * Words that come together, put on record a few at a time beside a running line. The batch and its entry in the audit
 * trail come first: should it be interrupted, what was given so far stands in the list of batches and can be taken back.
 */
export class ManyWords {
  readonly #context: Pick<StationContext, 'db' | 'options' | 'tally'>;
  /** One batch at a time: one that is still being given cannot be taken back. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(context: Pick<StationContext, 'db' | 'options' | 'tally'>) {
    this.#context = context;
  }

  /** @param detail for the audit trail @throws {KenroError} `notFound`, those of a store that cannot take them */
  give(
    batch: NewBatch,
    words: readonly NewWord[],
    action: AuditAction,
    detail: Record<string, unknown>,
  ): Promise<WordBatch> {
    return this.#afterOthers(async () => {
      const { db } = this.#context;
      const { id } = audited(this.#context, action, () => {
        const result = beginBatch(db, batch, this.#nowMs());
        return { result, detail: { id: result.id, parts: words.length, ...detail } };
      });
      await this.#inPieces(words, (some) => giveSome(db, id, some, this.#nowMs()));
      return batchOf(db, id);
    });
  }

  /** @returns also how many parts stay as they are @throws {KenroError} `notFound`; `batchTakenBack` */
  takeBack(id: number): Promise<{ batch: WordBatch; kept: number }> {
    return this.#afterOthers(async () => {
      const { db } = this.#context;
      const { title, undoneMs } = batchOf(db, id);
      if (undoneMs !== null) throw new KenroError('batchTakenBack', { title });
      let kept = 0;
      await this.#inPieces(wordsOf(db, id), (some) => (kept += takeBackSome(db, some, this.#nowMs())));
      const batch = audited(this.#context, 'review.takeBack', () => {
        const result = markTakenBack(db, id, this.#nowMs());
        return { result, detail: { id, title, kept } };
      });
      return { batch, kept };
    });
  }

  #inPieces<Thing>(things: readonly Thing[], work: (some: readonly Thing[]) => void): Promise<void> {
    const { db, tally } = this.#context;
    return inPieces(things, (some) => {
      if (!db.open) throw new KenroError('cancelled');
      work(some);
    }).finally(() => {
      if (db.open) tally.manyChanged();
    });
  }

  #afterOthers<Result>(work: () => Promise<Result>): Promise<Result> {
    // On behalf of whoever asked, whose turn it is when.
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #nowMs(): number {
    return this.#context.options.clock.nowMs();
  }
}
