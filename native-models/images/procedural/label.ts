import type { Random } from '../../random.ts';
import {
  between,
  clamp,
  cloudNoise,
  emptyScene,
  markDefect,
  side,
  smoothNoise,
  smoothstep,
  whiteNoise,
  type Scene,
} from './canvas.ts';
import { addLabelDefect, misprint } from './labelDefects.ts';
import { boardAt, insideLabel, onLabel, type LabelPose } from './labelShape.ts';
import { composeLabel, engrave, inkAt, type Ink, type Print } from './labelPlates.ts';

/** Reflectance in red, green and blue. */
const inks: Readonly<Record<Ink, readonly [number, number, number]>> = {
  blue: [0.06, 0.2, 0.42],
  red: [0.68, 0.1, 0.08],
  black: [0.07, 0.07, 0.075],
};
const inkNames = ['blue', 'red', 'black'] as const;
const paperWhite = [0.83, 0.825, 0.79] as const;
/** Draws a printed label on a cardboard box, in colour. */
export function drawLabel(random: Random, defect: string | null, line: Random): Scene {
  const scene = emptyScene(3);
  const place = random.fork('pose');
  const pose: LabelPose = {
    x: side / 2 + 2 * clamp(place.normal(), -2, 2),
    y: side / 2 + 2 * clamp(place.normal(), -2, 2),
    turn: 0.01 * clamp(place.normal(), -2, 2),
  };
  const text = composeLabel(line.fork('text'));
  const register = random.fork('register');
  const offset = () => ({ x: 0.35 * register.normal(), y: 0.35 * register.normal() });
  const good: Print = {
    plates: engrave(text),
    offsets: { blue: offset(), red: offset(), black: offset() },
  };
  const printed = defect === null ? good : misprint(defect, good, text, random.fork('defect'));
  drawBoard(scene, pose, random.fork('board'));
  drawPaper(scene, pose, printed, random.fork('paper'));
  if (printed !== good) markDifference(scene, pose, good, printed);
  if (defect !== null) addLabelDefect(scene, defect, pose, random.fork('defect'));
  return scene;
}

function drawBoard(scene: Scene, pose: LabelPose, random: Random): void {
  const fibres = smoothNoise(random, 3.4, 2.2);
  const pulp = whiteNoise(random, side);
  const clouds = cloudNoise(random, 60, 4);
  const flute = between(random, 0, 2 * Math.PI);
  for (let y = 0; y < side; y++) {
    const wave = 0.022 * Math.sin((2 * Math.PI * y) / 19 + flute);
    for (let x = 0; x < side; x++) {
      const at = y * side + x;
      const { u, v } = onLabel(pose, x - 1.5, y - 2);
      const inside = insideLabel(u, v);
      if (inside > 8) continue;
      const shadow = 1 - 0.35 * smoothstep(-4, 0, inside);
      const shade = (1 + wave + 0.028 * fibres[at]! + 0.016 * pulp[at]! + 0.018 * clouds[at]!) * shadow;
      for (let channel = 0; channel < 3; channel++) boardAt(scene, at, channel, shade);
    }
  }
}

function drawPaper(scene: Scene, pose: LabelPose, print: Print, random: Random): void {
  const fibre = smoothNoise(random, 2.6, 1.8);
  const clouds = cloudNoise(random, 60, 3);
  const speckle = whiteNoise(random, side);
  const density = 1 - 0.02 * Math.abs(random.normal());
  const [red, green, blue] = scene.planes as [Float32Array, Float32Array, Float32Array];
  const layers = inkNames.map((name) => ({
    plate: print.plates[name],
    offset: print.offsets[name],
    ink: inks[name],
  }));
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const { u, v } = onLabel(pose, x, y);
      const inside = insideLabel(u, v);
      if (inside <= -0.7) continue;
      const at = y * side + x;
      const tone = 1 + 0.009 * fibre[at]! + 0.012 * clouds[at]! + 0.006 * speckle[at]!;
      // A thin sheet's edge catches the lamp above and to the left.
      const rim = inside > 3 ? 1 : 1 + 0.06 * smoothstep(3, 0, inside) * (u < 4 || v < 4 ? 1 : -1.5);
      const light = tone * rim;
      let r = paperWhite[0] * light;
      let g = paperWhite[1] * light;
      let b = paperWhite[2] * light;
      for (let layer = 0; layer < layers.length; layer++) {
        const { plate, offset, ink } = layers[layer]!;
        const coverage = inkAt(plate, u - offset.x, v - offset.y);
        if (coverage === 0) continue;
        const share = coverage * density * (0.965 + 0.02 * speckle[at]! + 0.012 * fibre[at]!);
        r += share * (ink[0] - r);
        g += share * (ink[1] - g);
        b += share * (ink[2] - b);
      }
      const cover = smoothstep(-0.7, 0.7, inside);
      red[at] = red[at]! + cover * (r - red[at]!);
      green[at] = green[at]! + cover * (g - green[at]!);
      blue[at] = blue[at]! + cover * (b - blue[at]!);
    }
  }
}

/** The defect is where the print is not what it should be, faint borders included. */
function markDifference(scene: Scene, pose: LabelPose, good: Print, printed: Print): void {
  const changed = inkNames.filter(
    (name) => good.plates[name] !== printed.plates[name] || good.offsets[name] !== printed.offsets[name],
  );
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const { u, v } = onLabel(pose, x, y);
      if (insideLabel(u, v) < 0) continue;
      for (const name of changed) {
        const a = good.offsets[name];
        const b = printed.offsets[name];
        const before = inkAt(good.plates[name], u - a.x, v - a.y);
        const after = inkAt(printed.plates[name], u - b.x, v - b.y);
        markDefect(scene, y * side + x, 4 * Math.abs(after - before));
      }
    }
  }
}
