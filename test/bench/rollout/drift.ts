import type { PartKind } from '../../../native-models/images/procedural/part.ts';
import {
  nextDrift,
  startDrift,
  usualDriftPlan,
  type DriftCall,
} from '../../../native-models/statistics/drift/watch.ts';
import { quantile, type Figure } from '../figure.ts';
import { changes, measureLine, type MeasuredLine, type WatchedPart } from './driftLines.ts';

const kinds: readonly PartKind[] = ['disc', 'tile'];
/** Lines that the watch was not set up on: that was done on seeds 1 and 2. */
const heldOut = [11, 12, 13, 14, 15];
const lengths = { quiet: 1250, changed: 150, from: 600 };
/** With a network, which takes several times as long, of fewer lines. */
const measured = [
  { network: false, seeds: heldOut },
  { network: true, seeds: heldOut.slice(0, 2) },
];
/** Where the change comes: at each of these parts of the quiet line. */
const changeAt = [600, 725, 850];

/** The watch of drift on lines of the demo: false alarms without a change, and how soon one is found. */
export async function benchDrift(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const kind of kinds) {
    for (const { network, seeds } of measured) {
      const lines: MeasuredLine[] = [];
      for (const seed of seeds) lines.push(await measureLine(kind, seed, { ...lengths, network }));
      figures.push(...driftFigures(`${kind}, ${network ? 'with its network' : 'pictures alone'}`, lines));
    }
  }
  return figures;
}

/** Of one product on several lines. */
export function driftFigures(of: string, lines: readonly MeasuredLine[]): Figure[] {
  const quiet = lines.map((line) => alarms(line.quiet).length);
  const watched = lines.reduce((sum, line) => sum + line.quiet.length - usualDriftPlan.referenceParts, 0);
  const calls = quiet.reduce((sum, count) => sum + count, 0);
  return [
    {
      name: `drift, ${of}: false alarms per 10,000 parts without a change`,
      value: (calls / watched) * 10_000,
      unit: '',
      note: `${calls} in ${watched} parts of ${lines.length} lines (${quiet.join(', ')})`,
    },
    ...Object.keys(changes).map((name) => delayFigure(of, name, lines)),
  ];
}

function delayFigure(of: string, name: string, lines: readonly MeasuredLine[]): Figure {
  const tries = lines.flatMap((line) => changeAt.map((at) => ({ line, at })));
  const found = tries.flatMap(({ line, at }) => {
    const parts = [...line.quiet.slice(0, at), ...line.changed[name]!];
    const alarm = alarms(parts).find((each) => each.at >= at);
    return alarm ? { delay: alarm.at - at + 1, moved: movedMost(alarm.call) } : [];
  });
  const moved = [...Map.groupBy(found, (each) => each.moved)].sort(([, a], [, b]) => b.length - a.length);
  return {
    name: `drift, ${of}: parts until ${name} is called, median`,
    value: quantile(
      found.map(({ delay }) => delay),
      0.5,
    ),
    unit: 'parts',
    note: `called ${found.length} of ${tries.length} within ${lengths.changed}; moved most: ${moved
      .map(([feature, { length }]) => `${feature} ${length}`)
      .join(', ')}`,
  };
}

function movedMost({ features }: DriftCall<string>): string {
  const [first] = features;
  return first!.hasMoved ? first!.feature : 'the whole';
}

/** As the station tells them: one until a look has found nothing. */
function alarms(parts: readonly WatchedPart[]): { at: number; call: DriftCall<string> }[] {
  let state = startDrift<string>();
  let isTold = false;
  return parts.flatMap((part, at) => {
    const step = nextDrift(usualDriftPlan, state, part);
    state = step.state;
    if (step.look && !step.look.isSuspect) isTold = false;
    if (!step.call || isTold) return [];
    isTold = true;
    return [{ at, call: step.call }];
  });
}
