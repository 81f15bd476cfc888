import { describe, expect, it } from 'vitest';
import { KenroError } from '../../../../electron/contract/errors.ts';
import { parseSite } from '../../../../electron/contract/site.ts';

const parse = (file: unknown) => parseSite(JSON.stringify(file), 'site.json');

describe('parseSite', () => {
  it('gives clean what the others leave', () => {
    expect(parse({ weights: { 'dust/2': 0.1, 'gaussian-noise/3': 0.2 } })).toEqual({
      clean: 0.7,
      'dust/2': 0.1,
      'gaussian-noise/3': 0.2,
    });
    expect(parse({ weights: {} })).toEqual({ clean: 1 });
  });

  it('takes what is complete, rounded or not, and the measures of an estimate', () => {
    const weights = { clean: 0.667, 'dust/1': 0.333 };
    expect(parse({ weights, measures: [{ name: 'noise' }] })).toEqual(weights);
  });

  it.each([
    [{}, 'weights', /./],
    [{ weights: { fog: 0.1 } }, 'weights.fog', /severity/],
    [{ weights: { 'fog/2': 0.1 } }, 'weights.fog/2', /no such disturbance; there are gaussian-noise, /],
    [{ weights: { 'dust/6': 0.1 } }, 'weights.dust/6', /severity/],
    [{ weights: { 'dust/1': -0.1 } }, 'weights.dust/1', />=0/],
    [{ weights: { 'dust/1': '10 %' } }, 'weights.dust/1', /number/],
    [{ weights: { 'dust/1': 0.7, 'dust/2': 0.7 } }, 'weights', /more than 1/],
    [{ weights: { clean: 0.5, 'dust/2': 0.2 } }, 'weights', /leave out "clean"/],
    [{ weights: {}, weigths: {} }, 'weigths', /there are weights, measures/],
  ])('names the field that is wrong in %j', (file, field, reason) => {
    const failure = (() => {
      try {
        return parse(file);
      } catch (thrown) {
        return thrown;
      }
    })() as KenroError;
    expect(failure).toBeInstanceOf(KenroError);
    expect(failure.kind).toBe('fieldWrong');
    expect(failure.params).toMatchObject({ path: 'site.json', field });
    expect(failure.params['reason']).toMatch(reason);
  });
});
