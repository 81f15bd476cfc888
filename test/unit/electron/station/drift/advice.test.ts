import { expect, it } from 'vitest';
import type { DriftFeature } from '../../../../../electron/contract/drift.ts';
import { adviceOn } from '../../../../../electron/station/drift/advice.ts';

const moved = (...features: DriftFeature[]) => features.map((feature) => ({ feature, hasMoved: true }));

it.each([
  [moved('brightness', 'score'), 'light'],
  [moved('contrast'), 'light'],
  [moved('contrast', 'sharpness'), 'lens'],
  [moved('sharpness'), 'lens'],
  [moved('noise'), 'camera'],
  [moved('score', 'positionY'), 'holder'],
  [moved('score'), 'retrain'],
  [[{ feature: 'noise' as const, hasMoved: false }], 'retrain'],
])('of %j is %s', (features, advice) => {
  expect(adviceOn(features)).toBe(advice);
});
