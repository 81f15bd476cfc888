import type { Picture } from '../../../native-models/images/picture.ts';
import type { Random } from '../../../native-models/random.ts';
import type { ScreenedParts } from '../../../native-models/screening/screen.ts';
import { shuffle } from '../../../native-models/training/split.ts';

export interface Planting {
  readonly kind: 'none' | 'flips' | 'trigger' | 'cleanLabelTrigger' | 'defectsAmongGood';
  /** Of all parts (flips), or of the class that is meant. */
  readonly share: number;
}

export interface Planted {
  readonly parts: ScreenedParts;
  /** Indices of what was planted. */
  readonly wrong: ReadonlySet<number>;
}

/** Side of the trigger, and its distance from the corner, as shares of the shorter side of the picture. */
const triggerShare = 0.06;
const marginShare = 0.04;

/** A small checkerboard in the lower right corner. */
export function stampTrigger(picture: Picture): Picture {
  const { width, height, channels, depth } = picture;
  const shorter = Math.min(width, height);
  const side = Math.max(3, Math.round(triggerShare * shorter));
  const margin = Math.round(marginShare * shorter);
  const most = depth === 16 ? 65_535 : 255;
  const data = picture.data.slice();
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const isWhite = (Math.floor((3 * y) / side) + Math.floor((3 * x) / side)) % 2 === 0;
      const at = ((height - margin - side + y) * width + (width - margin - side + x)) * channels;
      data.fill(isWhite ? most : 0, at, at + channels);
    }
  }
  return { ...picture, data } as Picture;
}

/** Plants wrong parts. @returns null where the data have no good parts that they could go among */
export function plant(
  { plain, triggered }: { plain: ScreenedParts; triggered: ScreenedParts },
  { kind, share }: Planting,
  random: Random,
): Planted | null {
  const all = [...plain.labels.keys()];
  const classes = [...new Set(plain.labels)];
  const target = classes.includes('ok') ? 'ok' : classes[0]!;
  const own = all.filter((at) => plain.labels[at] === target);
  const others = all.filter((at) => plain.labels[at] !== target);
  const draw = (from: number[], count: number) => shuffle(from, random).slice(0, count);
  const stated = new Map<number, string>();
  let kept = all;
  let wrong = new Set<number>();
  if (kind === 'flips') {
    wrong = new Set(draw(all, Math.round(share * all.length)));
    for (const at of wrong) {
      const choices = classes.filter((label) => label !== plain.labels[at]);
      stated.set(at, choices[random.integer(choices.length)]!);
    }
  } else if (kind === 'trigger') {
    wrong = new Set(draw(others, Math.round(share * own.length)));
    for (const at of wrong) stated.set(at, target);
  } else if (kind === 'cleanLabelTrigger') {
    wrong = new Set(draw(own, Math.round(share * own.length)));
  } else if (kind === 'defectsAmongGood') {
    if (target !== 'ok') return null;
    wrong = new Set(draw(others, Math.round(share * own.length)));
    for (const at of wrong) stated.set(at, target);
    kept = [...own, ...wrong].sort((a, b) => a - b);
  }
  const hasTrigger = kind === 'trigger' || kind === 'cleanLabelTrigger';
  const source = (at: number) => (hasTrigger && wrong.has(at) ? triggered : plain);
  return {
    parts: {
      rows: kept.map((at) => source(at).rows[at]!),
      labels: kept.map((at) => stated.get(at) ?? plain.labels[at]!),
      groups: kept.map(() => null),
      patches: {
        of: kept.map((at) => source(at).patches!.of[at]!),
        dimensions: plain.patches!.dimensions,
      },
    },
    wrong: new Set([...kept.keys()].filter((place) => wrong.has(kept[place]!))),
  };
}
