import { expect, it } from 'vitest';
import { disturbanceNames } from '../../../../electron/contract/disturbances.ts';
import { corruptions } from '../../../../native-models/images/corruptions/index.ts';

it('has words for every disturbance of the suite, and for no other', () => {
  expect(disturbanceNames).toEqual(corruptions.map(({ name }) => name));
});
