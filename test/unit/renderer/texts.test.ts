import { describe, expect, it } from 'vitest';
import { errorKinds } from '../../../electron/contract/errors.ts';
import { en } from '../../../renderer/src/i18n/en.ts';
import { errorsEn } from '../../../renderer/src/i18n/errorsEn.ts';
import { errorsJa } from '../../../renderer/src/i18n/errorsJa.ts';
import { I18n, type Language, type TextKey } from '../../../renderer/src/i18n/i18n.svelte.ts';
import { ja } from '../../../renderer/src/i18n/ja.ts';

const placeholders = (text: string) =>
  [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => name))].sort();
const japanese = /[぀-ヿ一-鿿]/;

describe('the texts', () => {
  it('hold the same values in both languages', () => {
    for (const key of Object.keys(ja) as TextKey[]) {
      expect(placeholders(en[key]), key).toEqual(placeholders(ja[key]));
    }
  });

  it('have no Japanese in English', () => {
    for (const text of Object.values(en)) expect(text).not.toMatch(japanese);
  });

  it('tell what happened and what to do for each kind of error', () => {
    for (const kind of errorKinds) {
      for (const texts of [errorsJa[kind], errorsEn[kind]]) {
        expect(texts.what.length, kind).toBeGreaterThan(5);
        expect(texts.remedy.length, kind).toBeGreaterThan(5);
      }
      expect(errorsJa[kind].what, kind).toMatch(japanese);
      expect(errorsEn[kind].what, kind).not.toMatch(japanese);
      expect(placeholders(errorsEn[kind].what), kind).toEqual(placeholders(errorsJa[kind].what));
    }
  });
});

describe('I18n', () => {
  const inLanguage = (language: Language) => new I18n(() => language);

  it('leaves no braces and no brackets in an error without params', () => {
    for (const language of ['ja', 'en'] as const) {
      for (const kind of errorKinds) {
        const { what, remedy } = inLanguage(language).error({ kind });
        expect(what + remedy, kind).not.toMatch(/[{}[\]]/);
      }
    }
  });

  it('names the thing whatever the place that failed called it', () => {
    const { error } = inLanguage('en');
    expect(error({ kind: 'modelUnreadable', params: { path: '/m/a.onnx' } }).what).toContain('/m/a.onnx');
    expect(error({ kind: 'modelUnreadable', params: { file: 'a.onnx' } }).what).toContain('a.onnx');
    expect(error({ kind: 'modelOperatorUnknown', params: { operator: 'Foo' } }).what).toContain('Foo');
    expect(error({ kind: 'modelOutputMissing', params: { output: 'feat' } }).what).toContain('feat');
  });

  it('says who uses a thing that cannot be removed', () => {
    const params = { what: 'product', name: 'Disc', usedBy: 'source', user: 'Line 1' };
    expect(inLanguage('en').error({ kind: 'conflict', params }).what).toBe(
      'The product “Disc” is in use by the source “Line 1”.',
    );
    expect(inLanguage('ja').error({ kind: 'conflict', params }).what).toBe(
      '品種「Disc」は入力「Line 1」で使われています。',
    );
  });

  it('writes numbers with units and a dash for what is missing', () => {
    const { format } = inLanguage('en');
    expect(format.ms(4.25)).toBe('4.3 ms');
    expect(format.ms(1234)).toBe('1.23 s');
    expect(format.ms(null)).toBe('–');
    expect(format.percent(0 / 0)).toBe('–');
    expect(format.score(0.8634)).toBe('0.863');
    expect(format.count(1_234_567)).toBe('1,234,567');
  });
});
