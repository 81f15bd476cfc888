import { expect, it } from 'vitest';
import { inPieces } from '../../../../electron/station/inPieces.ts';

it('does everything once and in order, with turns for others in between', async () => {
  const done: number[] = [];
  let turns = 0;
  const others = setInterval(() => (turns += 1), 0);
  const things = Array.from({ length: 1000 }, (_, i) => i);
  await inPieces(things, (some) => {
    done.push(...some);
    const untilMs = performance.now() + 2;
    while (performance.now() < untilMs);
  });
  clearInterval(others);
  expect(done).toEqual(things);
  expect(turns).toBeGreaterThan(10);
});

it('stops at what goes wrong', async () => {
  const done: number[] = [];
  const work = inPieces(
    Array.from({ length: 100 }, (_, i) => i),
    (some) => {
      if (some.includes(60)) throw new Error('full');
      done.push(...some);
    },
  );
  await expect(work).rejects.toThrow('full');
  expect(done).toHaveLength(50);
});
