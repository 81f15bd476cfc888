import { describe, expect, it } from 'vitest';
import type { Handbook } from '../../../electron/contract/handbook.ts';
import { markedIn, searchHandbook, wordsOf } from '../../../renderer/src/state/handbookSearch.ts';

const paragraph = (text: string) => ({ kind: 'paragraph' as const, line: [{ kind: 'text' as const, text }] });
const handbook: Handbook = {
  topics: [
    {
      id: 'inspect',
      reader: 'operator',
      title: '検査',
      sections: [
        { id: '', title: '検査', blocks: [paragraph('部品を大きく表示します。ドリフトは推移の画面です。')] },
        { id: 'word', title: '人の判定', blocks: [paragraph('カメラで撮った良品を過検出と記録します。')] },
      ],
    },
    {
      id: 'drift',
      reader: 'operator',
      title: 'ドリフト',
      sections: [{ id: '', title: 'ドリフト', blocks: [paragraph('警報 ABC と ｶﾞｲﾗﾝ')] }],
    },
  ],
};
const places = (query: string) =>
  searchHandbook(handbook, query).map(({ topic, section }) => `${topic}/${section}`);
const marks = (text: string, query: string) =>
  markedIn(text, wordsOf(query)).flatMap(({ text: piece, isMatch }) => (isMatch ? [piece] : []));

describe('searching the handbook', () => {
  it('finds words inside Japanese, which has no spaces between them', () => {
    expect(places('検出')).toEqual(['inspect/word']);
    expect(places('撮った良品')).toEqual(['inspect/word']);
  });

  it('takes widths, kana and capitals as the same', () => {
    expect(places('ｶﾒﾗ')).toEqual(['inspect/word']);
    expect(places('かめら')).toEqual(['inspect/word']);
    expect(places('ＡＢＣ')).toEqual(['drift/']);
    expect(places('abc')).toEqual(['drift/']);
    expect(places('ガイラン')).toEqual(['drift/']);
  });

  it('wants every word, with a space of any width between them, and puts titles first', () => {
    expect(places('良品　カメラ')).toEqual(['inspect/word']);
    expect(places('良品 ドリフト')).toEqual([]);
    expect(places('ドリフト')).toEqual(['drift/', 'inspect/']);
    expect(places('  ')).toEqual([]);
  });

  it('shows some words around the first place, what was found marked', () => {
    const [found] = searchHandbook(handbook, '過検出');
    expect(found?.excerpt.map(({ text }) => text).join('')).toBe('カメラで撮った良品を過検出と記録します。');
    expect(found?.excerpt.filter(({ isMatch }) => isMatch)).toEqual([{ text: '過検出', isMatch: true }]);
    const long = {
      topics: [
        {
          ...handbook.topics[1]!,
          sections: [{ id: '', title: 'x', blocks: [paragraph(`${'あ'.repeat(200)}針${'い'.repeat(200)}`)] }],
        },
      ],
    };
    const text = searchHandbook(long, '針')[0]!
      .excerpt.map((piece) => piece.text)
      .join('');
    expect(text).toMatch(/^…あ+針い+…$/);
    expect(text.length).toBeLessThan(140);
  });

  it('marks the place as it was written', () => {
    expect(marks('ｶﾞｲﾗﾝと外乱', 'がいらん')).toEqual(['ｶﾞｲﾗﾝ']);
    expect(marks('㍍とメートル', 'メートル')).toEqual(['㍍', 'メートル']);
    expect(marks('OK と ＯＫ', 'ok')).toEqual(['OK', 'ＯＫ']);
    expect(marks('ab abc', 'ab abc')).toEqual(['ab', 'ab']);
  });

  it('gives the whole text back, whatever is searched for', () => {
    for (const query of ['', 'ﾞ', 'カ', '。', '.*', '過 検 出']) {
      const text = 'カメラで撮った①㌔ﾊﾞｲﾄ𠮷を過検出と記録します。';
      expect(
        markedIn(text, wordsOf(query))
          .map((piece) => piece.text)
          .join(''),
        query,
      ).toBe(text);
    }
  });
});
