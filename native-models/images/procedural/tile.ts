import type { Random } from '../../random.ts';
import {
  between,
  clamp,
  cloudNoise,
  emptyScene,
  side,
  smoothNoise,
  smoothstep,
  whiteNoise,
  type Scene,
} from './canvas.ts';
import { addTileDefect } from './tileDefects.ts';
import { edgeAt, type TilePose } from './tileShape.ts';

/** Draws a ground terrazzo tile on a roller table: cement with stone chips, a bevelled edge. */
export function drawTile(random: Random, defect: string | null): Scene {
  const scene = emptyScene(1);
  const image = scene.planes[0]!;
  const place = random.fork('pose');
  const pose: TilePose = {
    x: side / 2 + 1.5 * clamp(place.normal(), -2, 2),
    y: side / 2 + 1.5 * clamp(place.normal(), -2, 2),
    turn: 0.006 * clamp(place.normal(), -2, 2),
  };
  const stone = terrazzo(random.fork('stone'));
  const table = drawTable(random.fork('table'));
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = y * side + x;
      const { inside, slopeX, slopeY } = edgeAt(pose, x, y);
      const cover = smoothstep(-0.8, 0.8, inside);
      image[at] = stone[at]! * (1 - 0.55 * slopeX - 0.65 * slopeY);
      if (cover === 1) continue;
      const shadow = 1 - 0.6 * smoothstep(-11, 0, edgeAt(pose, x - 4, y - 5).inside);
      image[at] = cover * image[at]! + (1 - cover) * table[at]! * shadow;
    }
  }
  if (defect !== null) addTileDefect(scene, defect, pose, random.fork('defect'));
  return scene;
}

/** Cement, into which stone chips of many sizes and greys are set, ground flat: float32 [side, side]. */
function terrazzo(random: Random): Float32Array {
  const clouds = cloudNoise(random.fork('clouds'), 48, 4);
  const sand = whiteNoise(random.fork('sand'), side);
  const fine = smoothNoise(random.fork('fine'), 1.7);
  const stone = new Float32Array(side * side);
  for (let at = 0; at < stone.length; at++) {
    stone[at] = 0.6 + 0.012 * clouds[at]! + 0.014 * sand[at]! + 0.02 * fine[at]!;
  }
  const chips = random.fork('chips');
  const taken = new Uint8Array(side * side);
  for (const [count, low, high] of [
    [110, 3, 5.5],
    [620, 1.2, 3],
  ] as const) {
    for (let i = 0; i < count; i++) setChip(stone, taken, fine, chips, between(chips, low, high));
  }
  return stone;
}

/** Shades of the chips: light marble, grey, dark basalt. */
const shades = [0.72, 0.67, 0.53, 0.48, 0.42] as const;

/** One chip: a convex polygon with its own shade and veins, unless another is in its place. */
function setChip(
  stone: Float32Array,
  taken: Uint8Array,
  veins: Float32Array,
  random: Random,
  radius: number,
): void {
  const cx = random.uniform() * side;
  const cy = random.uniform() * side;
  const corners = 5 + random.integer(4);
  const start = random.uniform() * 2 * Math.PI;
  const sides = Array.from({ length: corners }, (_, i) => {
    const angle = start + ((i + 0.7 * random.uniform()) * 2 * Math.PI) / corners;
    return { x: Math.cos(angle), y: Math.sin(angle), reach: radius * between(random, 0.6, 1) };
  });
  const shade = shades[random.integer(shades.length)]! + 0.035 * random.normal();
  const vein = between(random, 0.008, 0.035);
  const reach = radius * 1.35;
  const left = Math.max(0, Math.floor(cx - reach));
  const right = Math.min(side - 1, Math.ceil(cx + reach));
  const top = Math.max(0, Math.floor(cy - reach));
  const bottom = Math.min(side - 1, Math.ceil(cy + reach));
  const middle = Math.round(clamp(cy, 0, side - 1)) * side + Math.round(clamp(cx, 0, side - 1));
  if (taken[middle] === 1) return;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const at = y * side + x;
      if (taken[at] === 1) continue;
      const dx = x - cx;
      const dy = y - cy;
      let outside = Math.sqrt(dx * dx + dy * dy) - reach;
      for (let i = 0; i < corners; i++) {
        const edge = sides[i]!;
        const beyond = dx * edge.x + dy * edge.y - edge.reach;
        if (beyond > outside) outside = beyond;
      }
      if (outside > 1) continue;
      const cover = 1 - smoothstep(-0.9, 0.9, outside);
      const value = shade + vein * veins[at]!;
      stone[at] = stone[at]! + cover * (value - stone[at]!);
      // A thin seam of cement stays between neighbours.
      if (outside < 0) taken[at] = 1;
    }
  }
}

/** The steel roller table under the tile, brushed along x. */
function drawTable(random: Random): Float32Array {
  const brush = smoothNoise(random, 40, 1.3);
  const clouds = cloudNoise(random, 80, 2);
  return brush.map((value, at) => 0.2 + 0.014 * value + 0.008 * clouds[at]!);
}
