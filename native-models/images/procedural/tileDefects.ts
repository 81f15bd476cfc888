import type { Random } from '../../random.ts';
import { between, markDefect, side, smoothNoise, smoothstep, whiteNoise, type Scene } from './canvas.ts';
import { makeBlob, visitBlob, visitStroke, wanderingLine, type Point } from './strokes.ts';
import { edgeAt, tileHalf, type TilePose } from './tileShape.ts';

/** Adds a defect to a drawn tile; each differs in place, size and strength from tile to tile. */
export function addTileDefect(scene: Scene, type: string, pose: TilePose, random: Random): void {
  const draw = { crack, chip, stain, pinhole, scratch }[type];
  if (draw === undefined) throw new Error(`A tile has no defect ${type}`);
  draw(scene, pose, random);
}

function placeOnTile(pose: TilePose, random: Random, margin: number): Point {
  const reach = tileHalf - margin;
  return { x: pose.x + between(random, -reach, reach), y: pose.y + between(random, -reach, reach) };
}

/** A dark, jagged line of changing width with a lit lower lip; it often starts at the edge, and may branch. */
function crack(scene: Scene, pose: TilePose, random: Random): void {
  const strength = between(random, 0.5, 0.9);
  const fromEdge = random.uniform() < 0.6;
  const angle = between(random, 0, 2 * Math.PI);
  const inner = placeOnTile(pose, random, 45);
  const edge = { x: pose.x + tileHalf * Math.cos(angle), y: pose.y + tileHalf * Math.sin(angle) };
  const start = fromEdge ? edge : inner;
  const heading = fromEdge ? angle + Math.PI + 0.4 * random.normal() : angle;
  const line = wanderingLine(random, start, heading, between(random, 60, 180), 0.9, 3);
  drawCrack(scene, pose, line, between(random, 0.9, 1.8), strength, random);
  if (random.uniform() < 0.45) {
    const fork = line[Math.floor(line.length * between(random, 0.3, 0.7))]!;
    const turn = random.uniform() < 0.5 ? 0.7 : -0.7;
    const branch = wanderingLine(random, fork, heading + turn, between(random, 15, 50), 0.9, 3);
    drawCrack(scene, pose, branch, 0.8, strength * 0.8, random);
  }
}

function drawCrack(
  scene: Scene,
  pose: TilePose,
  line: readonly Point[],
  halfWidth: number,
  strength: number,
  random: Random,
): void {
  const image = scene.planes[0]!;
  const widths = whiteNoise(random, 64, 1);
  visitStroke(line, halfWidth + 2.5, (at, distance, along) => {
    if (edgeAt(pose, at % side, Math.floor(at / side)).inside < 0) return;
    const taper = smoothstep(1, 0.6, along);
    const width = halfWidth * (0.35 + 0.65 * taper) * (1 + 0.25 * widths[Math.floor(along * 63)]!);
    const gap = (1 - smoothstep(width - 0.5, width + 0.7, Math.abs(distance))) * (0.45 + 0.55 * taper);
    const lip = 0.1 * Math.exp(-(((distance - width - 0.9) / 0.7) ** 2)) * taper;
    image[at] = image[at]! * (1 - strength * gap) + strength * lip;
    markDefect(scene, at, gap * 1.3);
  });
}

/** A piece broken off the edge or a corner: rough, lit from the upper left, a sharp outline. */
function chip(scene: Scene, pose: TilePose, random: Random): void {
  const image = scene.planes[0]!;
  const corner = random.uniform() < 0.35;
  const along = corner ? tileHalf - 2 : between(random, -tileHalf * 0.85, tileHalf * 0.85);
  const across = tileHalf - 1;
  const turns = random.integer(4);
  const [u, v] = [
    [along, across],
    [-across, along],
    [-along, -across],
    [across, -along],
  ][turns] as [number, number];
  const radius = between(random, 7, 24);
  const blob = makeBlob(random, pose.x + u, pose.y + v, radius, 0.35);
  const rough = smoothNoise(random, 2.6);
  const strength = between(random, 0.5, 1);
  // The fracture slopes down to the edge it broke from.
  const away = Math.hypot(u, corner ? v : 0.3 * v);
  const slopeX = (0.85 * (corner ? u : Math.abs(u) > Math.abs(v) ? u : 0.3 * u)) / away;
  const slopeY = (0.85 * (corner ? v : Math.abs(v) > Math.abs(u) ? v : 0.3 * v)) / away;
  visitBlob(blob, 1.2, (at, depth, x, y) => {
    const { inside } = edgeAt(pose, x, y);
    if (inside < -0.5 || at < side + 1) return;
    const cover = 1 - smoothstep(0.92, 1.04, depth);
    const relief = rough[at]! - rough[at - side - 1]!;
    const broken = 0.46 * (1 - 0.55 * slopeX - 0.65 * slopeY) + 0.16 * relief + 0.04 * rough[at]!;
    image[at] = image[at]! + strength * cover * (broken - image[at]!);
    // At the outline itself nothing is left: the shaded table shows.
    const gone = smoothstep(-0.8, 0.8, 0.4 * radius * (1 - depth) - inside);
    image[at] = image[at]! + gone * (0.09 - image[at]!);
    markDefect(scene, at, Math.max(cover, gone) * 1.1);
  });
}

/** Grime or moisture drawn into the stone: darker or yellowed, cloudy, soft at the border. */
function stain(scene: Scene, pose: TilePose, random: Random): void {
  const image = scene.planes[0]!;
  const strength = between(random, 0.22, 0.5);
  const { x, y } = placeOnTile(pose, random, 30);
  const blob = makeBlob(random, x, y, between(random, 16, 36), 0.35);
  const patches = smoothNoise(random, 9);
  visitBlob(blob, 1.3, (at, depth, px, py) => {
    if (edgeAt(pose, px, py).inside < 0) return;
    const wet = 1 - smoothstep(0.65, 1.25, depth);
    const rim = 0.35 * Math.exp(-(((depth - 0.9) / 0.1) ** 2));
    image[at] = image[at]! * (1 - strength * (wet * (0.9 + 0.2 * patches[at]!) + rim));
    markDefect(scene, at, wet * 0.9);
  });
}

/** Air bubbles opened by the grinding: two to six dark pits with a lit lower edge. */
function pinhole(scene: Scene, pose: TilePose, random: Random): void {
  const image = scene.planes[0]!;
  const { x, y } = placeOnTile(pose, random, 28);
  const count = 2 + random.integer(5);
  for (let i = 0; i < count; i++) {
    const pit = makeBlob(
      random,
      x + 11 * random.normal() * (i && 1),
      y + 11 * random.normal() * (i && 1),
      between(random, 2.4, 5.4),
      0.15,
    );
    const strength = between(random, 0.55, 0.95);
    visitBlob(pit, 1.9, (at, depth, px, py) => {
      if (edgeAt(pose, px, py).inside < 2) return;
      const hole = 1 - smoothstep(0.7, 1.2, depth);
      const lower = (px - pit.x + py - pit.y) / (pit.radius * 1.4);
      const rim = Math.exp(-(((depth - 1.2) / 0.28) ** 2)) * Math.max(0, lower);
      image[at] = image[at]! * (1 - strength * hole) + 0.1 * rim;
      markDefect(scene, at, hole * 1.2);
    });
  }
}

/** A light, dusty line where something hard was dragged over the polish. */
function scratch(scene: Scene, pose: TilePose, random: Random): void {
  const image = scene.planes[0]!;
  const strength = between(random, 0.55, 0.95);
  const halfWidth = between(random, 0.9, 1.9);
  const angle = between(random, 0, 2 * Math.PI);
  const line = wanderingLine(random, placeOnTile(pose, random, 40), angle, between(random, 55, 140), 0.1);
  const broken = whiteNoise(random, 96, 1);
  visitStroke(line, halfWidth + 1.5, (at, distance, along) => {
    if (edgeAt(pose, at % side, Math.floor(at / side)).inside < 1) return;
    const pressure = smoothstep(0, 0.15, along) * smoothstep(1, 0.7, along);
    const patchy = 0.8 + 0.3 * broken[Math.floor(along * 95)]!;
    const line = (1 - smoothstep(halfWidth - 0.6, halfWidth + 0.7, Math.abs(distance))) * pressure;
    image[at] = image[at]! + strength * line * patchy * (0.9 - image[at]!);
    markDefect(scene, at, line * 1.2);
  });
}
