import { describe, expect, it } from 'vitest';
import type { Breach } from '../../../electron/contract/engine.ts';
import { breachWords } from '../../../renderer/src/features/retrain/breachWords.ts';
import { I18n, type Language } from '../../../renderer/src/i18n/i18n.svelte.ts';

const rise: Breach = { ceiling: 'escapeRate', type: null, limit: 0.01, reached: 0.043, on: 'heldBack' };

describe.each<[Language, RegExp, RegExp, RegExp]>([
  [
    'en',
    /Escapes of defective parts 4\.3%.*1\.0% \(test parts\)/,
    /crack.*calibration parts/,
    /31\.4 ms.*20\.0 ms/,
  ],
  ['ja', /不良品:見逃し率 4\.3%.*1\.0%.*テスト用部品/, /crack.*校正用部品/, /31\.4 ms.*20\.0 ms/],
])('a ceiling that is not kept, in %s', (language, escapes, ofType, latency) => {
  const i18n = new I18n(() => language);

  it('is named with its figures and with the parts that show it', () => {
    expect(breachWords(i18n, rise)).toMatch(escapes);
    const recall = { ...rise, ceiling: 'recall', type: 'crack', on: 'calibration' } as const;
    expect(breachWords(i18n, recall)).toMatch(ofType);
    const slow = { ceiling: 'latencyP99Ms', type: null, limit: 20, reached: 31.4, on: 'computer' } as const;
    expect(breachWords(i18n, slow)).toMatch(latency);
  });
});
