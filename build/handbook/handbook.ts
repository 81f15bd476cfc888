import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  readers,
  type Block,
  type Handbook,
  type Inline,
  type Topic,
} from '../../electron/contract/handbook.ts';
import type { ReportLanguage } from '../../electron/contract/report.ts';
import { en } from '../../renderer/src/i18n/en.ts';
import { ja } from '../../renderer/src/i18n/ja.ts';
import { root } from '../folders.ts';
import { contents } from './contents.ts';
import { parseTopic } from './parseTopic.ts';

/** The words of a language, with the plain key: a label is looked up by what its file says. */
export const texts: Readonly<Record<ReportLanguage, Readonly<Record<string, string>>>> = { en, ja };

/** Where the handbook is written. */
export const handbookFolder = join(root, 'renderer', 'src', 'i18n', 'handbook');
/** Where its drawings lie. */
export const drawingsFolder = join(root, 'build', 'handbook');
/** The packages of the house and their arrows. */
export const architectureFile = join(drawingsFolder, 'architecture.svg');

/**
 * The whole handbook in a language.
 * @throws Error as `parseTopic`, and for a link that leads nowhere
 */
export function readHandbook(language: ReportLanguage, folder = handbookFolder): Handbook {
  const label = (key: string) => labelOf(language, key);
  const topics = readers.flatMap((reader) =>
    contents[reader].map((id) => {
      const file = join(folder, language, `${id}.md`);
      return parseTopic(id, reader, file, readFileSync(file, 'utf8'), { label });
    }),
  );
  checkLinks(topics);
  return { topics };
}

/** @throws Error where no text has this key, or only one with values that stand open */
function labelOf(language: ReportLanguage, key: string): string {
  const text = texts[language][key];
  if (text === undefined) throw new Error(`nothing on screen has the key ${key}`);
  if (text.includes('{'))
    throw new Error(`the text of ${key} holds values: “${text}” does not stand on screen`);
  return text;
}

function checkLinks(topics: readonly Topic[]): void {
  const places = new Set(
    topics.flatMap(({ id, sections }) => sections.map((section) => `${id}/${section.id}`)),
  );
  for (const topic of topics) {
    for (const link of linksOf(topic)) {
      if (!places.has(link)) throw new Error(`handbook, ${topic.id}: the link ${link} leads nowhere`);
    }
  }
}

function linksOf({ sections }: Topic): string[] {
  return sections
    .flatMap(({ blocks }) => blocks.flatMap(inlinesOf))
    .flatMap((inline) => (inline.kind === 'link' ? [`${inline.topic}/${inline.section}`] : []));
}

/** Everything that is written in a block. */
export function inlinesOf(block: Block): Inline[] {
  switch (block.kind) {
    case 'paragraph':
    case 'note':
      return block.line;
    case 'list':
      return block.items.flat();
    case 'table':
      return [...block.head, ...block.rows.flat()].flat();
    case 'code':
      return [{ kind: 'code', text: block.text }];
    case 'figure':
      return [];
  }
}
