import type { Severity } from '../../../native-models/images/corruptions/corruption.ts';
import { fineTune } from '../../../native-models/training/robust/fineTune.ts';
import { prepareFineTune } from '../../../native-models/training/robust/prepareFineTune.ts';
import type { Figure } from '../figure.ts';
import { dataSets, type DataSet } from './dataSets.ts';
import { measure, type Measured } from './measure.ts';
import { methodsOf, settingsOf, siteOf } from './methods.ts';

export interface RobustnessOptions {
  readonly seeds: number;
  /** Images per class to train on, at most. */
  readonly perClass: number;
  readonly epochs: number;
  /** Of the site's disturbances. */
  readonly severity: Severity;
  /** Names of data sets; all when empty. */
  readonly sets: readonly string[];
  /** Whether to attack the test images. */
  readonly attacks: boolean;
  /** Names of methods beside the base; all when empty. */
  readonly methods: readonly string[];
}

/** Attacking a test image takes hundreds of passes. */
const testPerClass = 40;

interface Row extends Measured {
  readonly name: string;
  readonly flops: number;
  readonly seconds: number;
}

/** Robust accuracy against its cost, every method from the same base and the same images. */
export async function benchRobustness(options: RobustnessOptions): Promise<Figure[]> {
  const chosen = dataSets.filter(({ name, isCostly }) => {
    return options.sets.length === 0 ? !isCostly : options.sets.includes(name);
  });
  const figures: Figure[] = [];
  for (const dataSet of chosen) {
    const all: Row[][] = [];
    for (let seed = 0; seed < options.seeds; seed++) all.push(await rowsOf(dataSet, seed, options));
    figures.push(...figuresOf(dataSet.name, all));
  }
  return figures;
}

async function rowsOf(
  dataSet: DataSet,
  seed: number,
  { perClass, epochs, severity, methods, attacks }: RobustnessOptions,
): Promise<Row[]> {
  const line = { seed, attacks, site: siteOf(severity) };
  const images = await dataSet.images(seed, { train: perClass, test: Math.min(perClass, testPerClass) });
  const base = await dataSet.base(images, seed);
  const rows: Row[] = [];
  const tell = (row: Row) => {
    rows.push(row);
    console.log(`   ${dataSet.name}, seed ${seed}, ${row.name}: ${describe(row)}`);
  };
  const asItIs = await measure(base, images, line);
  tell({ name: 'base', flops: 0, seconds: 0, ...asItIs });
  const chosen = Object.entries(methodsOf(dataSet.kind)).filter(
    ([name]) => methods.length === 0 || methods.includes(name),
  );
  for (const [name, method] of chosen) {
    const start = performance.now();
    const options = {
      // Without the test side, so that the time and the operations are those of training and choosing.
      ...{ model: base, images: images.filter(({ split }) => split !== 'test') },
      ...{ corrected: new Set<string>(), cacheBytes: 1e9, session: {} },
      settings: settingsOf(method, epochs, line),
    };
    const { model, flops } = await fineTune(await prepareFineTune(options), options, {});
    const seconds = (performance.now() - start) / 1000;
    tell({ name, flops, seconds, ...(await measure(model, images, line, asItIs.detection)) });
  }
  return rows;
}

/** @param all rows of each seed, in the same order */
function figuresOf(set: string, all: readonly (readonly Row[])[]): Figure[] {
  const means = all[0]!.map((_, at) => meanOf(all.map((rows) => rows[at]!)));
  const named = (name: string) => means.filter((row) => row.name === name);
  const [base] = named('base');
  const [full] = named('whole-model PGD-10');
  const table = means.map((mean, at): Figure => {
    const robust = all.map((rows) => rows[at]!.robust[0] ?? NaN);
    if (mean.robust.length === 0) {
      const value = 100 * mean.clean;
      return {
        name: `${set}, ${mean.name}: judged right as they are`,
        value,
        unit: '%',
        note: describe(mean),
      };
    }
    return {
      name: `${set}, ${mean.name}: robust at 1/255`,
      value: 100 * mean.robust[0]!,
      unit: '%',
      note: `(${percent(Math.min(...robust))} to ${percent(Math.max(...robust))}); ${describe(mean)}`,
    };
  });
  const goals = [...named('ours'), ...named('ours, memory')].flatMap((own) => {
    const name = `${set}, ${own.name}`;
    return [
      ...(full && own.robust.length > 0 ? besideWhole(name, own, full) : []),
      ...(own.falseAlarms === null ? [] : besideBase(name, own, base!)),
    ];
  });
  return [...table, ...goals];
}

/** @param full adversarial training of the whole model */
function besideWhole(name: string, own: Row, full: Row): Figure[] {
  const over = (what: string, of: (row: Row) => number): Figure => {
    const value = of(own) / of(full);
    return { name: `${name} over whole-model PGD-10: ${what}`, value, unit: '×', goal: { below: 0.1 } };
  };
  const less = (what: string, of: (row: Row) => number, atLeast: number): Figure => {
    const value = 100 * (of(own) - of(full));
    return { name: `${name} less whole-model PGD-10: ${what}`, value, unit: '%', goal: { atLeast } };
  };
  return [
    less('robust at 1/255', ({ robust }) => robust[0]!, -1),
    less('clean accuracy', ({ clean }) => clean, 0),
    over('FLOPs', ({ flops }) => flops),
    over('time', ({ seconds }) => seconds),
  ];
}

function besideBase(name: string, own: Row, base: Row): Figure[] {
  return [
    {
      name: `${name} over base: false alarms at the escapes of the base`,
      value: own.falseAlarms! / base.falseAlarms!,
      unit: '×',
      goal: { below: 0.5 },
    },
    {
      name: `${name} over base: expected cost under the site's mix`,
      value: own.cost! / base.cost!,
      unit: '×',
    },
  ];
}

function meanOf(rows: readonly Row[]): Row {
  const mean = (of: (row: Row) => number) => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  const known = (of: (row: Row) => number | null) => (of(rows[0]!) === null ? null : mean((row) => of(row)!));
  return {
    name: rows[0]!.name,
    clean: mean(({ clean }) => clean),
    disturbed: mean(({ disturbed }) => disturbed),
    pgd: known(({ pgd }) => pgd),
    robust: rows[0]!.robust.map((_, at) => mean((row) => row.robust[at]!)),
    cost: known(({ cost }) => cost),
    falseAlarms: known(({ falseAlarms }) => falseAlarms),
    detection: known(({ detection }) => detection),
    flops: mean(({ flops }) => flops),
    seconds: mean(({ seconds }) => seconds),
  };
}

function describe({
  clean,
  disturbed,
  pgd,
  robust,
  cost,
  falseAlarms,
  detection,
  flops,
  seconds,
}: Row): string {
  return [
    ...(pgd === null
      ? []
      : [`PGD-20 ${percent(pgd)} at 1/255, with APGD ${robust.map(percent).join(', ')} at 1, 2, 4/255`]),
    `clean ${percent(clean)}, disturbed ${percent(disturbed)}`,
    ...(cost === null ? [] : [`${cost.toFixed(1)} JPY per 1,000 parts`]),
    ...(falseAlarms === null
      ? []
      : [`false alarms ${percent(falseAlarms)} at ${percent(detection!)} detection`]),
    `${flops.toExponential(2)} FLOPs, ${(seconds / 60).toFixed(1)} min`,
  ].join('; ');
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
