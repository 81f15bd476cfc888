import type { splitBasis } from '../contract/retrain.ts';
import type { Sample } from './dataset.ts';

export type SplitBasis = (typeof splitBasis)[number];

/** Stretches of each class: enough for every side of a split, long enough that few neighbours part. */
const stretches = 20;
/** Fewer lots than this cannot be dealt to the sides of a split. */
const enoughLots = 5;

/** Gives samples without a group one, so that pictures taken one after the other stay on one side of a split. */
export function inStretches(samples: readonly Sample[], of: string): Sample[] {
  const classes = Map.groupBy(samples, ({ label }) => label);
  const groups = new Map<Sample, string>();
  for (const [label, own] of classes) {
    const length = Math.ceil(own.length / stretches);
    own.forEach((sample, at) => groups.set(sample, `${of} ${label} ${Math.floor(at / length)}`));
  }
  return samples.map((sample) => ({ ...sample, group: sample.group ?? groups.get(sample)! }));
}

/** What keeps the sides of a data set apart. */
export function basisOf(samples: readonly Sample[]): SplitBasis {
  if (samples.some(({ split }) => split !== null)) return 'given';
  return samples.some(({ group }) => group !== null) ? 'group' : 'stretch';
}

/** Whether lots can keep the sides apart. */
export function areLotsEnough(lots: readonly string[]): boolean {
  return new Set(lots.filter((lot) => lot !== '')).size >= enoughLots && !lots.includes('');
}
