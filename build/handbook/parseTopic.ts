import { Marked, type Token, type Tokens } from 'marked';
import type { Block, Inline, Reader, Section, Topic } from '../../electron/contract/handbook.ts';

/** What a file of the handbook may name besides its own text. */
export interface Names {
  /** Text of a label on screen. @throws where there is none of that key */
  readonly label: (key: string) => string;
}

interface NameToken extends Tokens.Generic {
  readonly type: 'name';
  readonly raw: string;
  readonly name: string;
}

/** `[[nav.inspect]]` is a label on screen by its key in the language files, `[[key:O]]` a key of the keyboard. */
const names = {
  name: 'name',
  level: 'inline' as const,
  start: (source: string) => source.indexOf('[['),
  tokenizer: (source: string): NameToken | undefined => {
    const match = /^\[\[([^\]]+)\]\]/.exec(source);
    return match ? { type: 'name', raw: match[0], name: match[1] as string } : undefined;
  },
};
const markdown = new Marked({ gfm: true, extensions: [names] });

/**
 * Reads a file of the handbook. It begins with its title (`# …`); its sections (`## … {#id}`) have the same ids in every
 * language, so that a link into it holds in each.
 * @throws Error naming file and place: HTML, a link that leaves the handbook, a label that is not on screen
 */
export function parseTopic(id: string, reader: Reader, file: string, text: string, known: Names): Topic {
  const fail = (why: string): never => {
    throw new Error(`${file}: ${why}`);
  };
  const sections: Section[] = [];
  for (const token of markdown.lexer(text)) {
    if (token.type === 'space') continue;
    if (token.type === 'heading') {
      sections.push({ ...headingOf(token as Tokens.Heading, sections.length === 0, fail), blocks: [] });
      continue;
    }
    const section = sections.at(-1) ?? fail('begins with something else than its title');
    section.blocks.push(blockOf(token, (tokens) => lineOf(tokens, known, fail), fail));
  }
  const [first] = sections;
  if (!first) return fail('is empty');
  const ids = sections.map((section) => section.id);
  if (new Set(ids).size < ids.length) fail('two sections have the same id');
  return { id, reader, title: first.title, sections };
}

type Fail = (why: string) => never;

function headingOf({ depth, text }: Tokens.Heading, isFirst: boolean, fail: Fail): Omit<Section, 'blocks'> {
  if (depth === 1 && isFirst) return { id: '', title: text };
  const match = depth === 2 && !isFirst ? /^(.+?)\s*\{#(\w+)\}$/.exec(text) : null;
  if (!match) return fail(`the heading “${text}” is neither its title nor a section with an id`);
  return { title: match[1] as string, id: match[2] as string };
}

function blockOf(token: Token, line: (tokens: readonly Token[]) => Inline[], fail: Fail): Block {
  switch (token.type) {
    case 'paragraph': {
      const [only, ...others] = token.tokens ?? [];
      if (only?.type !== 'image' || others.length > 0)
        return { kind: 'paragraph', line: line(token.tokens ?? []) };
      const { href, text } = only as Tokens.Image;
      return { kind: 'figure', file: href, alt: text };
    }
    case 'blockquote':
      return {
        kind: 'note',
        line: (token as Tokens.Blockquote).tokens.flatMap((each) => line(inside(each))),
      };
    case 'list': {
      const { ordered, items } = token as Tokens.List;
      return {
        kind: 'list',
        isOrdered: ordered,
        items: items.map(({ tokens }) => line(tokens.flatMap(inside))),
      };
    }
    case 'table': {
      const { header, rows } = token as Tokens.Table;
      const cell = ({ tokens }: Tokens.TableCell) => line(tokens);
      return { kind: 'table', head: header.map(cell), rows: rows.map((row) => row.map(cell)) };
    }
    case 'code':
      return { kind: 'code', text: (token as Tokens.Code).text };
    default:
      return fail(`“${token.raw.trim()}” is of a kind (${token.type}) that the handbook does not show`);
  }
}

function inside(token: Token): Token[] {
  return 'tokens' in token && token.tokens ? token.tokens : [token];
}

function lineOf(tokens: readonly Token[], known: Names, fail: Fail): Inline[] {
  return tokens.map((token): Inline => {
    switch (token.type) {
      case 'text':
      case 'escape':
        // Words of Japanese are not joined by a space, so nothing is guessed.
        if (token.raw.includes('\n')) fail(`“${token.raw}” goes over a line: a paragraph is one line`);
        return { kind: 'text', text: (token as Tokens.Text).text };
      case 'strong':
        return { kind: 'strong', text: (token as Tokens.Strong).text };
      case 'codespan':
        return { kind: 'code', text: (token as Tokens.Codespan).text };
      case 'name': {
        const { name } = token as NameToken;
        return name.startsWith('key:')
          ? { kind: 'key', text: name.slice('key:'.length) }
          : { kind: 'label', text: labelOf(name, known, fail) };
      }
      case 'link': {
        const { href, text } = token as Tokens.Link;
        const [, topic, section = ''] =
          /^#(\w+)(?:\/(\w+))?$/.exec(href) ?? fail(`the link ${href} leaves the handbook`);
        return { kind: 'link', text, topic: topic as string, section };
      }
      default:
        return fail(`“${token.raw}” is of a kind (${token.type}) that a line does not show`);
    }
  });
}

function labelOf(key: string, { label }: Names, fail: Fail): string {
  try {
    return label(key);
  } catch (cause) {
    return fail(cause instanceof Error ? cause.message : String(cause));
  }
}
