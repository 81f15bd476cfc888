import { describe, expect, it } from 'vitest';
import { Costs, parseCosts } from '../../../../electron/contract/costs.ts';
import { KenroError } from '../../../../electron/contract/errors.ts';

const parse = (file: unknown) => parseCosts(JSON.stringify(file), 'costs.json');
const two = { falseAlarm: 120, escape: 50_000 };

describe('parseCosts', () => {
  it('needs two numbers', () => {
    expect(parse(two)).toEqual({
      currency: 'JPY',
      falseAlarm: 120,
      escape: 50_000,
      escapeByType: {},
      review: 120,
      lineStop: null,
      defectRate: 0.01,
      defectRateByType: null,
      ceilings: { falseAlarmRate: null, recall: null, criticalTypes: [], latencyP99Ms: null },
      attackWeight: 0,
    });
  });

  it('reads all that can be said, and gives what passes as complete costs', () => {
    const costs = parse({
      ...two,
      currency: 'EUR',
      escapeByType: { crack: 90_000 },
      review: 40,
      lineStop: { cost: 8000, ng: 5, parts: 20 },
      defectRateByType: { crack: 0.001, stain: 0.004 },
      ceilings: { falseAlarmRate: 0.01, recall: 0.99, criticalTypes: ['crack'] },
      attackWeight: 0.05,
    });
    expect(costs.defectRate).toBeCloseTo(0.005, 12);
    expect(costs.ceilings.latencyP99Ms).toBeNull();
    expect(Costs.parse(costs)).toEqual(costs);
  });

  it.each([
    [{ escape: 1 }, 'falseAlarm', /./],
    [{ ...two, escape: '50000' }, 'escape', /number/],
    [{ ...two, review: -1 }, 'review', />=0/],
    [{ ...two, defectRate: 2 }, 'defectRate', /<=1/],
    [{ ...two, falseAlram: 3 }, 'falseAlram', /unknown field; there are currency, falseAlarm, /],
    [{ ...two, ceilings: { recal: 1 } }, 'ceilings.recal', /there are falseAlarmRate, recall/],
    [{ ...two, ceilings: { criticalTypes: ['crack'] } }, 'ceilings.recall', /criticalTypes/],
    [{ ...two, lineStop: { cost: 1, ng: 30, parts: 20 } }, 'lineStop.ng', /more than parts/],
    [{ ...two, defectRateByType: { crack: 0.7, stain: 0.7 } }, 'defectRateByType', /more than 1/],
    [{ ...two, defectRate: 0.5, defectRateByType: { crack: 0.1 } }, 'defectRate', /leave it out/],
    [[], '{ }', /object/],
  ])('names the field that is wrong in %j', (file, field, reason) => {
    const failure = failureOf(() => parse(file));
    expect(failure.kind).toBe('fieldWrong');
    expect(failure.params).toMatchObject({ path: 'costs.json', field });
    expect(failure.params['reason']).toMatch(reason);
  });

  it('names a file that is not JSON, and takes one with a byte order mark', () => {
    const failure = failureOf(() => parseCosts('{ falseAlarm: 1 }', 'costs.json'));
    expect(failure).toMatchObject({ kind: 'fileNotJson', params: { path: 'costs.json' } });
    expect(parseCosts(`\uFEFF${JSON.stringify(two)}`, 'costs.json').escape).toBe(50_000);
  });
});

function failureOf(work: () => unknown): KenroError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof KenroError) return thrown;
  }
  throw new Error('nothing failed');
}
