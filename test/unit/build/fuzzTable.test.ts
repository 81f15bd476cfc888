import { expect, test } from 'vitest';
import { fuzzTable } from '../../../build/fuzzTable.ts';

test('a line each, counts added up, the worst of all', () => {
  const rows = [
    { target: 'tables', inputs: 10, refused: 4, worstMs: 7, worstMb: 90, seconds: 1.2 },
    { target: 'pictures', inputs: 900, refused: 40, worstMs: 3, worstMb: 120, seconds: 3 },
  ];
  expect(fuzzTable(rows).split('\n')).toEqual([
    'target    inputs  refused  worst ms  worst MB  seconds',
    'tables        10        4         7        90      1.2',
    'pictures     900       40         3       120        3',
    'all          910       44         7       120        4',
  ]);
});
