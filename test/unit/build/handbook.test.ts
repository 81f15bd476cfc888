import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  architectureFile,
  handbookFolder,
  inlinesOf,
  readHandbook,
  texts,
} from '../../../build/handbook/handbook.ts';
import { contents } from '../../../build/handbook/contents.ts';
import { parseTopic } from '../../../build/handbook/parseTopic.ts';
import { printedHandbook } from '../../../build/handbook/printed.ts';
import { root } from '../../../build/folders.ts';
import type { Handbook, Inline, Section } from '../../../electron/contract/handbook.ts';
import { reportLanguages, type ReportLanguage } from '../../../electron/contract/report.ts';
import { helpFor } from '../../../renderer/src/state/helpPlaces.ts';
import { rooms } from '../../../renderer/src/state/navigation.svelte.ts';

const books: Record<ReportLanguage, Handbook> = { en: readHandbook('en'), ja: readHandbook('ja') };
const inlines = ({ blocks }: Section): Inline[] => blocks.flatMap(inlinesOf);
const codes = ({ topics }: Handbook) =>
  topics.flatMap(({ id, sections }) =>
    sections.flatMap(inlines).flatMap(({ kind, text }) => (kind === 'code' ? [{ id, text }] : [])),
  );
const japanese = /[぀-ヿ一-鿿]/;

describe('the handbook', () => {
  it('has the same topics, sections, labels, keys and files in every language', () => {
    /** The keys behind the labels: the words differ. */
    const shape = (language: ReportLanguage) =>
      books[language].topics.map(({ id, sections }) => ({
        id,
        sections: sections.map((section) => section.id),
        names: new Set(namesIn(language, id)),
        codes: sections
          .flatMap(inlines)
          .flatMap(({ kind, text }) => (kind === 'code' ? [text] : []))
          .toSorted(),
      }));
    expect(shape('ja')).toEqual(shape('en'));
  });

  it('lists every file that is there', () => {
    const topics = Object.values(contents).flat();
    expect(new Set(topics).size).toBe(topics.length);
    for (const language of reportLanguages) {
      expect(readdirSync(join(handbookFolder, language)).toSorted()).toEqual(
        topics.map((id) => `${id}.md`).toSorted(),
      );
    }
  });

  it('is in its own language', () => {
    for (const { title, sections } of books.en.topics) {
      expect(JSON.stringify(sections), title).not.toMatch(japanese);
    }
    for (const { title, sections } of books.ja.topics) {
      for (const section of sections) expect(section.title, title).toMatch(japanese);
    }
  });

  it('names no label in plain words that stands on screen under a key', () => {
    // What is quoted or bold must be a label or no label at all.
    for (const language of reportLanguages) {
      const labels = new Set(Object.values(texts[language]));
      for (const { id, sections } of books[language].topics) {
        for (const { kind, text } of sections.flatMap(inlines)) {
          const quoted =
            kind === 'strong' ? [text] : [...text.matchAll(/[「“]([^」”]+)[」”]/gu)].map(([, word]) => word!);
          if (kind !== 'label')
            expect(
              quoted.filter((word) => labels.has(word)),
              id,
            ).toEqual([]);
        }
      }
    }
  });

  it('names files and commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = codes(books.en).flatMap(({ id, text }) =>
      /^(electron|renderer|native-models|build|test)\//.test(text) ? [{ id, text }] : [],
    );
    expect(named.length).toBeGreaterThan(40);
    for (const { id, text } of named) expect(existsSync(join(root, text)), `${id}: ${text}`).toBe(true);
    const run = codes(books.en).flatMap(({ text }) => /^npm (?:run )?([\w:]+)/.exec(text)?.[1] ?? []);
    expect(run.length).toBeGreaterThan(3);
    for (const script of run) expect(Object.keys(scripts)).toContain(script);
  });

  it('has a place for each screen and each tab of the settings and the review', () => {
    const places = new Set(
      books.en.topics.flatMap(({ id, sections }) =>
        sections.map((section) => (section.id === '' ? id : `${id}/${section.id}`)),
      ),
    );
    const tabs = (prefix: string, component: string) =>
      [...readFileSync(join(root, component), 'utf8').matchAll(/^ {4}(\w+): \w+(?:Tab|Page),$/gmu)].map(
        ([, tab]) => [prefix, tab!] as const,
      );
    const settings = tabs('settings', 'renderer/src/features/settings/SettingsPage.svelte');
    const review = tabs('review', 'renderer/src/features/review/ReviewPage.svelte');
    expect(settings.length).toBeGreaterThan(8);
    expect(review.length).toBeGreaterThan(3);
    const screens = [...rooms, 'roi' as const].map((room) => [room, null] as const);
    const found = [...screens, ...settings, ...review].map(([room, place]) =>
      helpFor(room as 'review', place),
    );
    for (const place of found) expect(places).toContain(place);
    // Every tab has one of its own, none falls back to another's.
    expect(new Set(found.slice(screens.length)).size).toBe(settings.length + review.length);
    expect(helpFor('help', 'inspect')).toBeNull();
  });

  it('is printed as pages complete in themselves, whose links lead somewhere', () => {
    for (const language of reportLanguages) {
      const setting = { language, texts: texts[language], version: '1.2.3', drawing: () => '<svg></svg>' };
      for (const part of ['operator', 'developer', 'whole'] as const) {
        const page = printedHandbook(books[language], part, setting);
        expect(page).toContain(`<html lang="${language}">`);
        expect(page).not.toMatch(/src=|href="[^#]/);
        const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
        for (const [, target] of page.matchAll(/href="#([^"]+)"/g))
          expect(ids, `${part} ${target}`).toContain(target);
        expect(page.includes('<svg></svg>')).toBe(part !== 'operator');
      }
    }
    expect(existsSync(architectureFile)).toBe(true);
  });
});

describe('a topic', () => {
  const parse = (text: string) => parseTopic('t', 'operator', 't.md', text, { label: (key) => `<${key}>` });

  it('is read into lines of labels, keys, codes and links', () => {
    const { title, sections } = parse(
      '# Title\n\nPress [[a.b]] or [[key:O]], `x` & [more](#t/one).\n\n## One {#one}\n\n- a\n- b',
    );
    expect(title).toBe('Title');
    expect(sections[0]?.blocks).toEqual([
      {
        kind: 'paragraph',
        line: [
          { kind: 'text', text: 'Press ' },
          { kind: 'label', text: '<a.b>' },
          { kind: 'text', text: ' or ' },
          { kind: 'key', text: 'O' },
          { kind: 'text', text: ', ' },
          { kind: 'code', text: 'x' },
          { kind: 'text', text: ' & ' },
          { kind: 'link', text: 'more', topic: 't', section: 'one' },
          { kind: 'text', text: '.' },
        ],
      },
    ]);
    expect(sections[1]).toMatchObject({
      id: 'one',
      title: 'One',
      blocks: [{ kind: 'list', isOrdered: false }],
    });
  });

  it.each([
    ['HTML', '# T\n\n<script>alert(1)</script>'],
    ['HTML in a line', '# T\n\na <b>b</b>'],
    ['a link out', '# T\n\n[x](https://example.com)'],
    ['a section without an id', '# T\n\n## One'],
    ['two sections of one id', '# T\n\n## One {#a}\n\n## Two {#a}'],
    ['a text before the title', 'text\n\n# T'],
    ['a paragraph over lines', '# T\n\none\ntwo'],
    ['nothing', ''],
  ])('does not take %s, and names the file', (_, text) => {
    expect(() => parse(text)).toThrow(/^t\.md: /);
  });

  it('does not take a label that is not on screen, or one with values', () => {
    const folder = join(root, 'test', 'no such folder');
    expect(() => readHandbook('en', folder)).toThrow(/firstHour\.md/);
    const label = (key: string) => {
      throw new Error(`nothing on screen has the key ${key}`);
    };
    expect(() => parseTopic('t', 'operator', 't.md', '# T\n\n[[no.such]]', { label })).toThrow(
      't.md: nothing on screen has the key no.such',
    );
  });
});

/** What stands in two square brackets in a file of a language. */
function namesIn(language: ReportLanguage, topic: string): string[] {
  const text = readFileSync(join(handbookFolder, language, `${topic}.md`), 'utf8');
  return [...text.matchAll(/\[\[([^\]]+)\]\]/g)].map(([, name]) => name!);
}
