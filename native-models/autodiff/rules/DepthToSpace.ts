import { reshape, transpose } from '../arithmetic.ts';
import type { GradientRule } from '../rule.ts';

/** SpaceToDepth; ONNX has it for the depth-column-row order only, so the other one is written out. */
export const DepthToSpace: GradientRule = (s) => {
  const block = s.attributeInt('blocksize', 1);
  const dy = s.gradient();
  if (s.attributeString('mode', 'DCR') === 'DCR') {
    return [s.op('SpaceToDepth', [dy], { blocksize: block })];
  }
  const shape = s.staticShape(s.input(0));
  const [, channels, height, width] = shape ?? s.shape(s.input(0)) ?? [];
  if (![channels, height, width].every((size) => typeof size === 'number')) {
    throw s.unsupported('mode CRD with unknown channels, height or width');
  }
  const [c, h, w] = [channels, height, width] as number[];
  const opened = reshape(s, dy, [-1, c! / block ** 2, h!, block, w!, block]);
  return [reshape(s, transpose(s, opened, [0, 1, 3, 5, 2, 4]), [-1, c!, h!, w!])];
};
