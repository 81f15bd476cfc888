import { expect, it } from 'vitest';
import { typeMatrix } from '../../../../native-models/evaluate/typeMatrix.ts';

const part = (label: string, said: string) => ({ label, said });

it('counts what the parts of each label are called, with recall by type and its interval', () => {
  const parts = [
    ...[part('crack', 'crack'), part('crack', 'crack'), part('crack', 'dent'), part('crack', 'ok')],
    ...[part('ok', 'ok'), part('ok', 'review')],
    part('scale', 'dent'),
  ];
  const { columns, rows } = typeMatrix(parts, ['crack', 'dent']);
  expect(columns).toEqual(['ok', 'crack', 'dent', 'review']);
  expect(rows.map(({ label, said }) => [label, ...said])).toEqual([
    ['ok', 1, 0, 0, 1],
    ['crack', 1, 2, 1, 0],
    // A type the model does not know is never called by its name, but it is stopped.
    ['scale', 0, 0, 1, 0],
  ]);
  const [ok, crack, scale] = rows;
  expect([ok!.named.value, ok!.stopped.value]).toEqual([0.5, 0.5]);
  expect([crack!.named.hits, crack!.named.of, crack!.stopped.value]).toEqual([2, 4, 0.75]);
  expect(crack!.named.interval[0]).toBeLessThan(0.5);
  expect(crack!.named.interval[1]).toBeGreaterThan(0.5);
  expect([scale!.named.value, scale!.stopped.value]).toEqual([0, 1]);
});
