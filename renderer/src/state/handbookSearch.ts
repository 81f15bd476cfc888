import type { Block, Handbook, Inline } from '../../../electron/contract/handbook.ts';

/** A stretch of text, and whether it is what was searched for. */
export interface Piece {
  readonly text: string;
  readonly isMatch: boolean;
}

/** A section in which everything searched for stands. */
export interface Found {
  readonly topic: string;
  readonly section: string;
  /** Of the topic, and of the section where that is another. */
  readonly titles: readonly Piece[][];
  /** Some words around the first place in its text; empty where only a title has it. */
  readonly excerpt: readonly Piece[];
}

/** So many signs of an excerpt stand before the first match, and after it. */
const around = { before: 24, after: 96 };

/**
 * Sections that hold every word of a query, those with a word in a title first, else in the order of the handbook.
 * Words are found inside others, since Japanese is written without spaces.
 */
export function searchHandbook({ topics }: Handbook, query: string): Found[] {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  const found = topics.flatMap((topic) =>
    topic.sections.flatMap((section) => {
      const titles = section.id === '' ? [topic.title] : [topic.title, section.title];
      const text = section.blocks.map(textOf).join(' ');
      const isIn = (place: string) => (word: string) => folded(place).text.includes(word);
      // A topic found by its own title is shown once, at its beginning.
      const own = titles.at(-1) ?? '';
      if (!words.every((word) => isIn(own)(word) || isIn(text)(word))) return [];
      const inTitle = words.filter(isIn(own)).length;
      const marked = titles.map((title) => markedIn(title, words));
      return [
        { topic: topic.id, section: section.id, titles: marked, excerpt: excerptOf(text, words), inTitle },
      ];
    }),
  );
  return found.toSorted((one, other) => other.inTitle - one.inTitle).map(({ inTitle: _, ...each }) => each);
}

/** What is searched for: words with a space of any width between them, as they are compared. */
export function wordsOf(query: string): string[] {
  return [
    ...new Set(
      folded(query)
        .text.split(/\s+/u)
        .filter((word) => word !== ''),
    ),
  ];
}

/** A text in pieces, those that match one of the words apart. @param words as `wordsOf` gives them */
export function markedIn(text: string, words: readonly string[]): Piece[] {
  const spans = matchesIn(text, words);
  const pieces: Piece[] = [];
  let at = 0;
  for (const [from, to] of spans) {
    if (from > at) pieces.push({ text: text.slice(at, from), isMatch: false });
    pieces.push({ text: text.slice(from, to), isMatch: true });
    at = to;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), isMatch: false });
  return pieces;
}

/** Where the words stand in a text, in order, without overlaps. */
function matchesIn(text: string, words: readonly string[]): [from: number, to: number][] {
  const { text: plain, places } = folded(text);
  const spans = words.flatMap((word) => {
    const found: [number, number][] = [];
    for (let at = plain.indexOf(word); at >= 0; at = plain.indexOf(word, at + word.length)) {
      found.push([places[at]!, places[at + word.length]!]);
    }
    return found;
  });
  const sorted = spans.filter(([from, to]) => to > from).toSorted(([one], [other]) => one - other);
  return sorted.filter(([from], at) => sorted.slice(0, at).every(([, to]) => from >= to));
}

/** Signs of one grapheme: a base with what is written over it, e.g. a voiced kana of half width. */
const graphemes = new Intl.Segmenter('ja', { granularity: 'grapheme' });
const [katakana, hiragana] = [/[\u30a1-\u30f6]/gu, 0x60];

/**
 * A text as it is compared: NFKC, small letters, katakana as hiragana.
 * @returns and for each sign of it, and its end, the place in the text that it comes from
 */
function folded(text: string): { text: string; places: number[] } {
  let plain = '';
  const places: number[] = [];
  for (const { segment, index } of graphemes.segment(text)) {
    const same = segment
      .normalize('NFKC')
      .toLowerCase()
      .replace(katakana, (sign) => String.fromCharCode(sign.charCodeAt(0) - hiragana));
    plain += same;
    for (let at = 0; at < same.length; at++) places.push(index);
  }
  return { text: plain, places: [...places, text.length] };
}

function excerptOf(text: string, words: readonly string[]): Piece[] {
  const [first] = matchesIn(text, words);
  if (!first) return [];
  const from = Math.max(0, first[0] - around.before);
  const to = Math.min(text.length, first[1] + around.after);
  const cut = `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
  return markedIn(cut, words);
}

/** Everything that is written in a block, as one text. */
function textOf(block: Block): string {
  const line = (inlines: readonly Inline[]) => inlines.map(({ text }) => text).join('');
  switch (block.kind) {
    case 'paragraph':
    case 'note':
      return line(block.line);
    case 'list':
      return block.items.map(line).join(' ');
    case 'table':
      return [block.head, ...block.rows].flatMap((cells) => cells.map(line)).join(' ');
    case 'code':
      return block.text;
    case 'figure':
      return block.alt;
  }
}
