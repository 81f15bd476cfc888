import { expect, it } from 'vitest';
import { shortNames } from '../../../../../electron/report/evaluation/shortNames.ts';

it.each([
  [['/models/base.onnx'], ['base.onnx']],
  [
    ['/runs/a/model.onnx', '/runs/b/model.onnx', '/runs/c/best.onnx'],
    ['a/model.onnx', 'b/model.onnx', 'best.onnx'],
  ],
  [
    ['C:\\runs\\a\\model.onnx', 'C:\\runs\\b\\model.onnx'],
    ['a/model.onnx', 'b/model.onnx'],
  ],
  [
    ['/a/model.onnx', '/a/model.onnx'],
    ['model.onnx', 'model.onnx (2)'],
  ],
])('%j are called %j', (paths, names) => {
  expect(shortNames(paths)).toEqual(names);
});
