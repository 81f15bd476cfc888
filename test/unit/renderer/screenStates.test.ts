import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { emptyEn } from '../../../renderer/src/i18n/emptyEn.ts';
import { emptyJa, type EmptyName } from '../../../renderer/src/i18n/emptyJa.ts';
import { en } from '../../../renderer/src/i18n/en.ts';
import { ja } from '../../../renderer/src/i18n/ja.ts';

const root = fileURLToPath(new URL('../../../renderer/src', import.meta.url));
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(svelte|svelte\.ts)$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const keys = Object.keys(emptyJa) as (keyof typeof emptyJa)[];
const titles = keys.filter((key) => !key.endsWith('.hint'));
const hints = keys.filter((key) => key.endsWith('.hint'));
/** Words in quotation marks, which name something else on the screens. */
const quoted = (text: string) => [...text.matchAll(/[“「]([^”」{]+)[”」]/g)].map(([, words]) => words);

describe('an empty place', () => {
  it('says what is not there, and then why or when', () => {
    expect(titles.map((key) => `${key}.hint`)).toEqual(hints);
  });

  it('says it by one pattern in each language', () => {
    for (const key of titles) {
      expect(emptyEn[key], key).toMatch(/^No .{5,80}\.$/);
      expect(emptyJa[key], key).toMatch(
        /^[^。]{5,40}(いません|ありません|届きません|できません|分かりません|描けません)。$/,
      );
    }
    for (const key of hints) {
      expect(emptyEn[key], key).toMatch(/^[A-Z“].*[^.]\.$/);
      expect(emptyJa[key], key).toMatch(/(ます|です|ください|ません)。$/);
    }
  });

  it('names buttons and places as they are called there', () => {
    for (const key of hints) {
      for (const words of quoted(emptyEn[key])) expect(Object.values(en), key).toContain(words);
      for (const words of quoted(emptyJa[key])) expect(Object.values(ja), key).toContain(words);
    }
  });

  it('is each shown somewhere', () => {
    const all = sources.map(({ text }) => text).join('\n');
    const names = titles.map((key) => key.slice('empty.'.length) as EmptyName);
    for (const name of names) expect(all, name).toMatch(new RegExp(`["']${name}["']`));
  });
});

describe('what is on its way', () => {
  it('is said by one component only, in words that end alike', () => {
    const saying = sources.filter(({ text }) => text.includes('common.loading')).map(({ path }) => path);
    expect(saying).toEqual([join('components', 'Loading.svelte')]);
    for (const { path, text } of sources) {
      for (const [, word] of text.matchAll(/<Loading[^>]* word="([\w.]+)"/g)) {
        expect(en[word as keyof typeof en], path).toMatch(/[^ ]…$/);
        expect(ja[word as keyof typeof ja], path).toMatch(/[^ ]…$/);
      }
    }
  });
});

describe('what is read', () => {
  /** Calls that change nothing, by the verb of their channel. */
  const reading =
    /\.call\(\s*'(drift\.report|\w+\.(list|page|count|batches|limits|sampling|status|forecast|state|rules|left|rates|runs|steps|scores))'/;

  it('shows a failure in its place, not in the corner, and never as nothing', () => {
    const cornered = sources.filter(({ text }) => reading.test(text)).map(({ path }) => path);
    // How many parts a filter finds is asked for on the way to a dialog.
    expect(cornered).toEqual([join('features', 'history', 'HistoryPage.svelte')]);
  });
});
