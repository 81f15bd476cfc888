import { describe, expect, it } from 'vitest';
import { KenroError } from '../../../../electron/contract/errors.ts';
import { toFailure } from '../../../../electron/engine/failure.ts';
import { ModelError } from '../../../../native-models/errors.ts';
import type { ModelErrorKind } from '../../../../native-models/errors.ts';

/** The mapped type makes this list complete: a new kind does not compile until it stands here. */
const everyKind: Record<ModelErrorKind, true> = {
  imageUnreadable: true,
  imageTooLarge: true,
  imageVanished: true,
  imageIncomplete: true,
  imageBeyondCorrection: true,
  tooFewImages: true,
  probePartsMissing: true,
  modelMissing: true,
  modelUnreadable: true,
  modelExternalDataMissing: true,
  modelOperatorUnknown: true,
  parameterUnknown: true,
  dataNotFinite: true,
  lossNotFinite: true,
  labelOutOfRange: true,
  classEmpty: true,
  oneClass: true,
  headUnsupported: true,
  notClassifier: true,
  noOkClass: true,
  labelsWrong: true,
  checkpointUnreadable: true,
  memoryTooSmall: true,
  gradientUnsupported: true,
  providerUnavailable: true,
  patchBaseMismatch: true,
  patchTensorMismatch: true,
  modelInputUnsupported: true,
  modelShapeUnresolved: true,
  modelOutputMissing: true,
  outputNotFinite: true,
  cancelled: true,
  badRequest: true,
};

describe('toFailure', () => {
  it.each(Object.keys(everyKind) as ModelErrorKind[])('keeps the kind %s', (kind) => {
    expect(toFailure(new ModelError(kind)).kind).toBe(kind);
  });

  it.each<[ModelErrorKind, Record<string, string | number>, Record<string, string | number>]>([
    ['imageUnreadable', { file: '/a.png', reason: 'png' }, { path: '/a.png', reason: 'png' }],
    ['imageTooLarge', { width: 9, height: 8 }, { width: 9, height: 8 }],
    ['modelMissing', { file: '/m/a.onnx', name: 'a.onnx' }, { path: '/m/a.onnx', name: 'a.onnx' }],
    [
      'modelOperatorUnknown',
      { file: '/a.onnx', operator: 'Foo' },
      { path: '/a.onnx', op: 'Foo', name: 'Foo' },
    ],
    ['modelExternalDataMissing', { file: '/a.onnx', data: 'w.bin' }, { path: '/a.onnx', file: 'w.bin' }],
    ['modelExternalDataMissing', { name: 'a.onnx', file: 'w.bin' }, { path: 'a.onnx', file: 'w.bin' }],
    ['modelOutputMissing', { output: 'score' }, { name: 'score' }],
    [
      'modelInputUnsupported',
      { input: 'x', got: '[1]=3', expected: '[1]=1' },
      { name: 'x', shape: '[1]=3 ≠ [1]=1' },
    ],
    ['modelUnreadable', { file: '', reason: 'short' }, { reason: 'short' }],
  ])('names what %s is about in the words of the texts: %o', (kind, params, expected) => {
    const failure = toFailure(new ModelError(kind, params));
    if (kind === 'modelOperatorUnknown') expect(failure.params).toMatchObject({ path: '/a.onnx', op: 'Foo' });
    else expect(failure.params).toEqual(expected);
  });

  it('tells the cause', () => {
    expect(toFailure(new ModelError('modelUnreadable', {}, { cause: new Error('bad magic') })).cause).toBe(
      'bad magic',
    );
    expect(toFailure(new KenroError('diskFull', { path: '/d' }))).toEqual({
      kind: 'diskFull',
      params: { path: '/d' },
    });
  });

  it('calls everything else internal', () => {
    expect(toFailure(new TypeError('x is undefined'))).toEqual({
      kind: 'internal',
      params: {},
      cause: 'x is undefined',
    });
  });
});
