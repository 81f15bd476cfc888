import { seededRandom, type Random } from '../../../native-models/random.ts';
import { cusumChart, designCusum } from '../../../native-models/statistics/controlCharts/cusum.ts';
import { ewmaOf } from '../../../native-models/statistics/controlCharts/ewma.ts';
import {
  westernElectric,
  type RuleNumber,
} from '../../../native-models/statistics/controlCharts/westernElectric.ts';
import type { Figure } from '../figure.ts';

const runs = 4000;
const cusum = { inControl: 0.02, outOfControl: 0.05, runLength: 20_000 };
const perHour = 50;

/** Run lengths in control and after a change, beside those of the textbooks. */
export function benchCharts(): Figure[] {
  const random = seededRandom(6).fork('charts');
  const normal = (shift: number) => shift + random.normal();
  const shewhart = (rules: RuleNumber[]) => (z: number[]) =>
    westernElectric(z, rules).findIndex((broken) => broken.length > 0);
  const ewma = (z: number[]) =>
    ewmaOf(
      z.map((value) => ({ value, sigma: 1 })),
      { centre: 0, reach: 2.962 },
    ).points.findIndex(({ rules }) => rules.length > 0);
  const row = (name: string, first: (z: number[]) => number, shift: number, known: number): Figure =>
    runLength(
      name,
      meanRunLength(first, () => normal(shift)),
      known,
    );
  return [
    row('points to a call, 3σ limits, in control', shewhart([1]), 0, 370.4),
    row('points to a call, rules 1–4, in control', shewhart([1, 2, 3, 4]), 0, 91.75),
    row('points to a call, 3σ limits, shift of 1σ', shewhart([1]), 1, 43.89),
    row('points to a call, rules 1–4, shift of 1σ', shewhart([1, 2, 3, 4]), 1, 9.22),
    row('points to a call, EWMA .2 at 2.962, in control', ewma, 0, 500),
    row('points to a call, EWMA .2 at 2.962, shift of 1σ', ewma, 1, 10.5),
    ...cusumRows(random),
  ];
}

function runLength(name: string, value: number, known: number): Figure {
  return { name, value, unit: '', note: `textbook ${known}` };
}

/** Long enough for nearly all runs; those that are longer count as so long. */
const longest = 4000;

function meanRunLength(first: (z: number[]) => number, draw: () => number): number {
  let sum = 0;
  for (let run = 0; run < runs; run++) {
    // In growing pieces, since most runs are short.
    const z: number[] = [];
    let at = -1;
    for (let length = 50; at < 0 && z.length < longest; length *= 3) {
      while (z.length < Math.min(length, longest)) z.push(draw());
      at = first(z);
    }
    sum += at < 0 ? longest : at + 1;
  }
  return sum / runs;
}

function cusumRows(random: Random): Figure[] {
  const design = designCusum(cusum);
  const hours = 60_000;
  const parts = (rate: number) => {
    const groups = Array.from({ length: hours }, () => {
      let count = 0;
      for (let i = 0; i < perHour; i++) if (random.uniform() < rate) count += 1;
      return { count, of: perHour };
    });
    const calls = cusumChart(groups, design).points.filter(({ rules }) => rules.length > 0).length;
    return (hours * perHour) / calls;
  };
  const name = (what: string) =>
    `parts to a call, CUSUM ${percent(cusum.inControl)} to ${percent(cusum.outOfControl)}, ${what}`;
  return [
    runLength(name('in control'), parts(cusum.inControl), Math.round(design.runLengths.inControl)),
    runLength(name('raised'), parts(cusum.outOfControl), Math.round(design.runLengths.outOfControl)),
  ].map((figure) => ({
    ...figure,
    unit: 'parts',
    note: `${figure.note?.replace('textbook', 'by design')}, part by part`,
  }));
}

const percent = (rate: number) => `${100 * rate} %`;
