import { describe, expect, it } from 'vitest';
import { stopsPerPart } from '../../../../native-models/evaluate/lineStops.ts';
import { seededRandom } from '../../../../native-models/random.ts';

/** Mean parts to a stop, by the Markov chain over the verdicts in the window; its tail falls geometrically. */
function partsToStop(p: number, ng: number, parts: number): number {
  const window = (1 << (parts - 1)) - 1;
  let states = new Map([[0, 1]]);
  let [sum, running, fall] = [0, 1, 0];
  for (let part = 0; part < 20 * parts; part++) {
    sum += running;
    const next = new Map<number, number>();
    for (const [state, chance] of states) {
      const ok = (state << 1) & window;
      next.set(ok, (next.get(ok) ?? 0) + chance * (1 - p));
      const count = [...state.toString(2)].filter((bit) => bit === '1').length;
      if (count + 1 < ng) next.set(ok | 1, (next.get(ok | 1) ?? 0) + chance * p);
    }
    const left = [...next.values()].reduce((total, chance) => total + chance, 0);
    fall = left / running;
    running = left;
    states = next;
  }
  return sum + running / (1 - fall);
}

describe('stopsPerPart', () => {
  it.each([
    [3, 10],
    [2, 8],
    [5, 12],
    [8, 10],
  ])('agrees with the chain over window states for %i in %i', (ng, parts) => {
    for (const p of [0.02, 0.1, 0.25, 0.5, 0.9]) {
      const ratio = stopsPerPart(p, { ng, parts }) * partsToStop(p, ng, parts);
      expect(Math.abs(ratio - 1), `p ${p}`).toBeLessThan(0.01);
    }
  });

  it('agrees with a simulated line that stops at 5 in 20', () => {
    const random = seededRandom(5);
    for (const p of [0.12, 0.2, 0.4]) {
      let stops = 0;
      let recent: number[] = [];
      const parts = 300_000;
      for (let part = 0; part < parts; part++) {
        if (random.uniform() >= p) continue;
        recent = [...recent.filter((at) => at > part - 20), part];
        if (recent.length < 5) continue;
        stops += 1;
        recent = [];
      }
      expect(Math.abs(stops / parts / stopsPerPart(p, { ng: 5, parts: 20 }) - 1)).toBeLessThan(0.04);
    }
  });

  it('is the rate of NG where one NG stops the line, and the known rate of runs where all must be NG', () => {
    for (const p of [1e-4, 0.03, 0.7]) expect(stopsPerPart(p, { ng: 1, parts: 6 })).toBeCloseTo(p, 9);
    for (const p of [0.05, 0.3, 0.8]) {
      const run = ((1 - p) * p ** 3) / (1 - p ** 3);
      expect(Math.abs(stopsPerPart(p, { ng: 3, parts: 3 }) / run - 1)).toBeLessThan(0.03);
    }
  });

  it('grows with the rate of NG from never to every few parts, also for wide windows', () => {
    for (const rule of [
      { ng: 5, parts: 20 },
      { ng: 30, parts: 100 },
      { ng: 400, parts: 1000 },
    ]) {
      const rates = Array.from({ length: 201 }, (_, i) => stopsPerPart(i / 200, rule));
      expect(rates[0]).toBe(0);
      expect(rates[200]).toBe(1 / rule.ng);
      // Rarer than once in 10¹⁴ parts, double precision does not tell.
      for (let i = 1; i < rates.length; i++) expect(rates[i]! - rates[i - 1]!).toBeGreaterThan(-1e-14);
    }
  });
});
