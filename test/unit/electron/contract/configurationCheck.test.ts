import { describe, expect, test } from 'vitest';
import {
  checkConfiguration,
  type CheckedConfiguration,
} from '../../../../electron/contract/configurationCheck.ts';
import type { Model, Product } from '../../../../electron/contract/domain.ts';
import { usualSmoothing } from '../../../../electron/contract/smoothing.ts';

const product: Product = { id: 1, name: 'Disc', createdMs: 0, activeModelId: 7 };
const model = {
  ...{ id: 7, name: 'A', productId: 1, kind: 'anomaly', thresholdInterval: [1, 1.2] },
  thresholds: { review: 1.1, ng: 1.4 },
  trust: { state: 'signed', keyName: 'here', signedMs: 1, override: null },
} as unknown as Model;
const classifier = {
  ...model,
  ...{ kind: 'classifier', thresholds: { review: 0.4, ng: 0.6 } },
  classes: { labels: ['ok', 'crack'], okLabels: ['ok'], temperature: 1, thresholdsByLabel: {} },
} as unknown as Model;

function found(change: Partial<CheckedConfiguration> = {}) {
  return checkConfiguration({
    settings: { keepOneOkIn: 100, signOutAfterMinutes: 10 },
    products: [product],
    sources: [{ productId: 1, paused: true }],
    models: [model],
    people: [{ role: 'admin', active: true }],
    auditShares: [{ productId: 1, perTenThousand: 100 }],
    ...change,
  });
}
const dangersOf = (change: Partial<CheckedConfiguration>) => found(change).map(({ danger }) => danger);

describe('the check of settings', () => {
  test('finds nothing where nothing is wrong', () => {
    expect(found()).toEqual([]);
    expect(found({ models: [classifier] })).toEqual([]);
  });

  test('names thresholds that never give NG, also of a single type, and where they are set', () => {
    expect(found({ models: [{ ...model, thresholds: { review: 5, ng: 9 } }] })).toEqual([
      { danger: 'neverNg', name: 'Disc', place: 'settings/thresholds/1' },
    ]);
    expect(dangersOf({ models: [{ ...classifier, thresholds: { review: 0.5, ng: 1 } }] })).toEqual([
      'neverNg',
    ]);
    const byType = { ...classifier.classes!, thresholdsByLabel: { crack: { review: 0.9, ng: 1 } } };
    expect(found({ models: [{ ...classifier, classes: byType }] })).toEqual([
      { danger: 'typeNeverNg', name: 'Disc', detail: 'crack', place: 'settings/thresholds/1' },
    ]);
    const all = { ...classifier.classes!, okLabels: ['ok', 'crack'] };
    expect(dangersOf({ models: [{ ...classifier, classes: all }] })).toEqual(['allOk']);
  });

  test('names looks under noise that leave nothing for a human', () => {
    const products = [{ ...product, smoothing: usualSmoothing }];
    expect(dangersOf({ products })).toEqual([]);
    const empty = { ...model, thresholds: { review: 1.4, ng: 1.4 } };
    expect(dangersOf({ products, models: [empty] })).toEqual(['noReviewBand']);
    expect(dangersOf({ models: [empty] })).toEqual([]);
  });

  test('names models in use that nobody signed, that were let in, or that judge differently', () => {
    const trust = { state: 'unsigned', keyName: null, signedMs: null, override: null } as const;
    expect(dangersOf({ models: [{ ...model, trust }] })).toEqual(['untrusted']);
    const override = { actor: 'Mori', reason: 'urgent', timeMs: 1 };
    expect(found({ models: [{ ...model, trust: { ...trust, override } }] })).toEqual([
      { danger: 'override', name: 'A', detail: 'urgent', place: 'settings/models/7' },
    ]);
    const parity = { passed: false } as Model['parity'];
    expect(dangersOf({ models: [{ ...model, ...(parity ? { parity } : {}) }] })).toEqual(['differs']);
    // One that is not in use is no danger.
    const idle = [{ ...product, activeModelId: null }];
    expect(dangersOf({ products: idle, models: [{ ...model, trust }] })).toEqual([]);
    expect(dangersOf({ sources: [], models: [{ ...model, trust }] })).toEqual([]);
  });

  test('names what hides escapes and who may change things, the gravest first', () => {
    const settings = { keepOneOkIn: 0, signOutAfterMinutes: 240 };
    expect(
      dangersOf({
        settings,
        people: [{ role: 'admin', active: false }],
        auditShares: [{ productId: 1, perTenThousand: 0 }],
      }),
    ).toEqual(['noAudit', 'noOkPictures', 'longSignIn', 'noAdmin']);
    // A product that was not asked about is not accused.
    expect(dangersOf({ auditShares: [] })).toEqual([]);
  });
});
