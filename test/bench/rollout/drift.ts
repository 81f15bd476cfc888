import { drawPart } from '../../../native-models/images/procedural/draw.ts';
import type { Disturbances, PartKind } from '../../../native-models/images/procedural/part.ts';
import { pictureFigures, type PictureFigures } from '../../../native-models/images/site/pictureFigures.ts';
import { nextDrift, startDrift, usualDriftPlan } from '../../../native-models/statistics/drift/watch.ts';
import { quantile, type Figure } from '../figure.ts';

type Row = Readonly<Record<keyof PictureFigures, number>>;

/** The demo line as it starts, and what its sliders then do. */
const usual: Disturbances = { light: 0.1, blur: 0, noise: 0.05 };
const changes: Readonly<Record<string, Disturbances>> = {
  light: { ...usual, light: 0.4 },
  blur: { ...usual, blur: 0.4 },
  noise: { ...usual, noise: 0.15 },
};
const kinds: readonly PartKind[] = ['disc', 'label'];
const quietParts = 1600;
const changedParts = 400;
/** Where the change comes: at each of these parts of the quiet line. */
const changeAt = [600, 725, 850];

/** The watch of drift on pictures of the demo line: false alarms without a change, and how soon one is found. */
export function benchDrift(): Figure[] {
  const figures: Figure[] = [];
  for (const part of kinds) {
    const quiet = measured(part, usual, 0, quietParts);
    figures.push({
      name: `drift, ${part}: false alarms without a change`,
      value: run(quiet).length,
      unit: '',
      goal: { below: 1 },
      note: `in ${quietParts - usualDriftPlan.referenceParts} parts after a reference of ${usualDriftPlan.referenceParts}`,
    });
    for (const [name, disturbances] of Object.entries(changes)) {
      figures.push(delayRow(part, name, quiet, measured(part, disturbances, changeAt[0]!, changedParts)));
    }
  }
  return figures;
}

function delayRow(part: PartKind, name: string, quiet: readonly Row[], changed: readonly Row[]): Figure {
  const found = changeAt.map((at) => run([...quiet.slice(0, at), ...changed]).find((call) => call.at >= at));
  const delays = found.flatMap((call, i) => (call ? [call.at - changeAt[i]! + 1] : []));
  const named = found.flatMap((call) => call?.feature ?? []);
  return {
    name: `drift, ${part}: parts until more ${name} is called, median`,
    value: quantile(delays, 0.5),
    unit: 'parts',
    note: `called ${delays.length} of ${changeAt.length}; moved most: ${[...new Set(named)].join(', ')}`,
  };
}

function measured(part: PartKind, disturbances: Disturbances, from: number, count: number): Row[] {
  return Array.from({ length: count }, (_, i) => {
    const request = { part, seed: 1, index: from + i, defectRate: 0.08, disturbances };
    return { ...pictureFigures(drawPart(request).picture) };
  });
}

/** All calls, and the feature that had moved most. */
function run(rows: readonly Row[]): { at: number; feature: string }[] {
  let state = startDrift<keyof PictureFigures>();
  return rows.flatMap((row, at) => {
    const step = nextDrift(usualDriftPlan, state, { values: row, embedding: null });
    state = step.state;
    return step.call ? [{ at, feature: step.call.features[0]!.feature }] : [];
  });
}
