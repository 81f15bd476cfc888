import type { GradientRule } from '../rule.ts';

export const SpaceToDepth: GradientRule = (s) => [
  s.op('DepthToSpace', [s.gradient()], {
    blocksize: s.attributeInt('blocksize', 1),
    mode: 'DCR',
  }),
];
