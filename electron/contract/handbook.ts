import { z } from 'zod';

/** Whom a part of the handbook is for; in this order it is listed and printed. */
export const readers = ['everybody', 'operator', 'engineer', 'administrator', 'developer'] as const;
export const Reader = z.enum(readers);
export type Reader = z.infer<typeof Reader>;

/** What of it is printed: the part of one reader, or all of it. */
export const handbookParts = [...readers, 'whole'] as const;
export type HandbookPart = (typeof handbookParts)[number];

/** A stretch of text. A label is what stands on the screen, taken from the language files when the handbook is built. */
export const Inline = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['text', 'strong', 'code', 'label', 'key']), text: z.string() }),
  /** Into the handbook itself. */
  z.object({ kind: z.literal('link'), text: z.string(), topic: z.string(), section: z.string() }),
]);
export type Inline = z.infer<typeof Inline>;

const Line = z.array(Inline);
export const Block = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['paragraph', 'note']), line: Line }),
  z.object({ kind: z.literal('list'), isOrdered: z.boolean(), items: z.array(Line) }),
  z.object({ kind: z.literal('table'), head: z.array(Line), rows: z.array(z.array(Line)) }),
  z.object({ kind: z.literal('code'), text: z.string() }),
  /** A drawing that the build has put beside the handbook. */
  z.object({ kind: z.literal('figure'), file: z.string(), alt: z.string() }),
]);
export type Block = z.infer<typeof Block>;

/** The first of a topic has the topic's title, and an empty `id`. */
export const Section = z.object({ id: z.string(), title: z.string(), blocks: z.array(Block) });
export type Section = z.infer<typeof Section>;

export const Topic = z.object({
  id: z.string(),
  reader: Reader,
  title: z.string(),
  sections: z.array(Section),
});
export type Topic = z.infer<typeof Topic>;

/** The handbook in one language, as the build writes it beside the page (`handbook/<language>.json`). */
export const Handbook = z.object({ topics: z.array(Topic) });
export type Handbook = z.infer<typeof Handbook>;
