import type { Random } from '../../random.ts';
import { between, markDefect, side, smoothNoise, smoothstep, whiteNoise, type Scene } from './canvas.ts';
import { boardAt, insideLabel, onLabel, type LabelPose } from './labelShape.ts';
import {
  withoutGlyph,
  labelHeight,
  labelWidth,
  plateHeight,
  plateScale,
  plateWidth,
  type LabelText,
  type Print,
} from './labelPlates.ts';
import { makeBlob, visitBlob, visitStroke, wanderingLine } from './strokes.ts';

/** What the printer got wrong; the same print where the defect is of another kind. */
export function misprint(type: string, good: Print, text: LabelText, random: Random): Print {
  if (type === 'missingCharacter') {
    const characters = text.glyphs.filter(({ character }) => /[0-9A-Z]/.test(character));
    const count = 2 + random.integer(3);
    const first = random.integer(characters.length - count + 1);
    const from = random.uniform() < 0.6 ? 0 : between(random, 0.25, 0.45);
    const black = characters
      .slice(first, first + count)
      .reduce((plate, glyph) => withoutGlyph(plate, glyph, from), good.plates.black);
    return { ...good, plates: { ...good.plates, black } };
  }
  if (type === 'misprint') {
    const ink = (['blue', 'red', 'black'] as const)[random.integer(3)]!;
    const angle = between(random, 0, 2 * Math.PI);
    const away = between(random, 3, 7);
    const off = good.offsets[ink];
    const moved = { x: off.x + away * Math.cos(angle), y: off.y + away * Math.sin(angle) };
    return { ...good, offsets: { ...good.offsets, [ink]: moved } };
  }
  if (type === 'smear') {
    const start = text.glyphs[random.integer(text.glyphs.length)]!;
    return { ...good, plates: { ...good.plates, black: smeared(good.plates.black, start, random) } };
  }
  return good;
}

/** Adds the defects that came after printing. */
export function addLabelDefect(scene: Scene, type: string, pose: LabelPose, random: Random): void {
  if (type === 'tear') tear(scene, pose, random);
  if (type === 'scratch') scratch(scene, pose, random);
}

/** Wet ink dragged to one side: each dot trails off over the length of the wipe. */
function smeared(black: Float32Array, start: { x: number; y: number }, random: Random): Float32Array {
  const result = black.slice();
  const left = Math.round(start.x - between(random, 0, 10)) * plateScale;
  const top = Math.round(start.y - between(random, 4, 14)) * plateScale;
  const width = Math.round(between(random, 50, 130)) * plateScale;
  const height = Math.round(between(random, 20, 44)) * plateScale;
  const trail = between(random, 6, 16) * plateScale;
  const strength = between(random, 0.35, 0.8);
  const streaks = whiteNoise(random, height, 1);
  const keep = 1 - 1 / trail;
  for (let row = 0; row < Math.min(height, plateHeight - top); row++) {
    const border = smoothstep(0, 0.25, row / height) * smoothstep(1, 0.75, row / height);
    const pressure = strength * border * (1 + 0.25 * streaks[row]!);
    let carried = 0;
    for (let x = left; x < Math.min(plateWidth, left + width + trail * 2); x++) {
      const at = (top + row) * plateWidth + x;
      const fresh = x < left + width ? black[at]! : 0;
      carried = carried * keep + fresh * (1 - keep) * 3.2;
      result[at] = Math.min(1, Math.max(result[at]!, pressure * Math.min(1, carried)));
    }
  }
  return result;
}

/** A corner or a piece of the edge torn off: the board shows, along a white fibrous border. */
function tear(scene: Scene, pose: LabelPose, random: Random): void {
  const atCorner = random.uniform() < 0.6;
  const u = random.uniform() < 0.5 ? 0 : labelWidth;
  const v = atCorner ? (random.uniform() < 0.5 ? 0 : labelHeight) : between(random, 30, labelHeight - 30);
  const x = pose.x + u - labelWidth / 2;
  const y = pose.y + v - labelHeight / 2;
  const blob = makeBlob(random, x, y, between(random, 8, 30), 0.25);
  const ragged = smoothNoise(random, 2.5);
  const grain = smoothNoise(random, 5, 1.5);
  visitBlob(blob, 1.4, (at, depth, px, py) => {
    const place = onLabel(pose, px, py);
    if (insideLabel(place.u, place.v) < 0) return;
    const edge = depth + 0.05 * ragged[at]!;
    const gone = 1 - smoothstep(0.93, 0.99, edge);
    const fibre = smoothstep(0.88, 0.96, edge) * (1 - smoothstep(1.06, 1.16, edge));
    scene.planes.forEach((plane, channel) => {
      const paper = plane[at]!;
      boardAt(scene, at, channel, 1.04 + 0.04 * grain[at]!);
      const bare = plane[at]!;
      const torn = paper + gone * (bare - paper);
      plane[at] = torn + fibre * 0.85 * (0.88 - 0.02 * channel + 0.03 * ragged[at]! - torn);
    });
    markDefect(scene, at, Math.max(gone, fibre));
  });
}

/** Ink and paper scraped along a line: print turns white, bare paper dull and grey. */
function scratch(scene: Scene, pose: LabelPose, random: Random): void {
  const strength = between(random, 0.6, 1);
  const halfWidth = between(random, 1.2, 2.3);
  const start = { x: pose.x + between(random, -95, 95), y: pose.y + between(random, -75, 75) };
  const line = wanderingLine(random, start, between(random, 0, 2 * Math.PI), between(random, 45, 130), 0.12);
  const broken = whiteNoise(random, 96, 1);
  visitStroke(line, halfWidth + 2, (at, distance, along) => {
    const { u, v } = onLabel(pose, at % side, Math.floor(at / side));
    if (insideLabel(u, v) < 1) return;
    const pressure =
      smoothstep(0, 0.1, along) * smoothstep(1, 0.7, along) * (0.85 + 0.25 * broken[Math.floor(along * 95)]!);
    const core = (1 - smoothstep(halfWidth - 0.6, halfWidth + 0.6, Math.abs(distance))) * pressure;
    const flank = Math.exp(-((distance - halfWidth - 0.7) ** 2)) * pressure;
    for (const plane of scene.planes) {
      plane[at] = plane[at]! + strength * (core * (0.66 - plane[at]!) - 0.35 * flank * plane[at]!);
    }
    markDefect(scene, at, Math.max(core, flank) * 1.2);
  });
}
