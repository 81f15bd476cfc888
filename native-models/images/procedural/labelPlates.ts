import type { Random } from '../../random.ts';
import { characterPitch, dotsOf } from './dotFont.ts';

/** Size of the label in image pixels, and how much finer its printing plates are. */
export const labelWidth = 252;
export const labelHeight = 204;
export const plateScale = 2;
export const plateWidth = labelWidth * plateScale;
export const plateHeight = labelHeight * plateScale;

/** Ink coverage 0..1 of the three inks: float32 [plateHeight, plateWidth] each. */
export interface Plates {
  readonly blue: Float32Array;
  readonly red: Float32Array;
  readonly black: Float32Array;
}

export type Ink = keyof Plates;

/** Everything that is printed: the plates, and how far each is off its place in label pixels. */
export interface Print {
  readonly plates: Plates;
  readonly offsets: Readonly<Record<Ink, { readonly x: number; readonly y: number }>>;
}

/** A printed character: what it is, and its upper left corner and dot pitch in label pixels. */
export interface Glyph {
  readonly character: string;
  readonly x: number;
  readonly y: number;
  readonly pitch: number;
}

/** What stands on the labels of one line: the same on each of them. */
export interface LabelText {
  readonly glyphs: readonly Glyph[];
  readonly bars: readonly { readonly x: number; readonly width: number }[];
  /** Dark modules of the square code, `matrixModules` a side. */
  readonly modules: readonly boolean[];
}

const matrixModules = 18;

/** Chooses lot number, dates and codes of a line. */
export function composeLabel(line: Random): LabelText {
  const digits = (count: number) => Array.from({ length: count }, () => line.integer(10)).join('');
  const lines = [
    { text: `TYPE SX-${digits(3)}/A`, x: 12, y: 47, pitch: 1.75 },
    { text: `LOT ${digits(2)}-${digits(5)}`, x: 12, y: 70, pitch: 1.75 },
    { text: `EXP 203${digits(1)}.0${1 + line.integer(9)}`, x: 12, y: 93, pitch: 1.75 },
    { text: 'NET 25.0 KG', x: 12, y: 121, pitch: 1.15 },
    { text: `PN ${digits(4)}-${digits(4)}`, x: 12, y: 135, pitch: 1.15 },
    { text: digits(13), x: 34, y: 190, pitch: 1.15 },
  ];
  const glyphs = lines.flatMap(({ text, x, y, pitch }) =>
    [...text].map((character, i) => ({ character, x: x + i * characterPitch * pitch, y, pitch })),
  );
  const bars: { x: number; width: number }[] = [];
  for (let x = 12; x < 150; x += 1.5 * (1 + line.integer(3))) {
    const width = 1.5 * (1 + line.integer(3));
    bars.push({ x, width });
    x += width;
  }
  return { glyphs: glyphs.filter(({ character }) => character !== ' '), bars, modules: squareCode(line) };
}

/** Looks like a Data Matrix: solid left and lower border, dashed right and upper one, data within. */
function squareCode(line: Random): boolean[] {
  const last = matrixModules - 1;
  return Array.from({ length: matrixModules ** 2 }, (_, i) => {
    const x = i % matrixModules;
    const y = Math.floor(i / matrixModules);
    const data = line.uniform() < 0.5;
    if (x === 0 || y === last) return true;
    if (y === 0) return x % 2 === 0;
    if (x === last) return y % 2 === 1;
    return data;
  });
}

/** Makes the plates of a line. */
export function engrave(text: LabelText): Plates {
  const plates: Plates = { blue: emptyPlate(), red: emptyPlate(), black: emptyPlate() };
  drawHeader(plates.blue);
  drawSymbol(plates);
  text.glyphs.forEach((glyph) => drawGlyph(plates.black, glyph, 1));
  fillBox(plates.black, 12, 114, 138, 1, 1);
  for (const { x, width } of text.bars) fillBox(plates.black, x, 152, width, 34, 1);
  text.modules.forEach((dark, i) => {
    const x = 176 + 3.5 * (i % matrixModules);
    const y = 128 + 3.5 * Math.floor(i / matrixModules);
    if (dark) fillBox(plates.black, x, y, 3.5, 3.5, 1);
  });
  return plates;
}

/** Ink coverage at a label position, interpolated between the plate's dots. */
export function inkAt(plate: Float32Array, u: number, v: number): number {
  const x = u * plateScale - 0.5;
  const y = v * plateScale - 0.5;
  const left = Math.floor(x);
  const top = Math.floor(y);
  if (left < 0 || top < 0 || left + 1 >= plateWidth || top + 1 >= plateHeight) return 0;
  const at = top * plateWidth + left;
  const p = x - left;
  const q = y - top;
  const above = plate[at]! * (1 - p) + plate[at + 1]! * p;
  const below = plate[at + plateWidth]! * (1 - p) + plate[at + plateWidth + 1]! * p;
  return above * (1 - q) + below * q;
}

/** A black plate on which a character lacks everything below the share `from` of its height. */
export function withoutGlyph(black: Float32Array, glyph: Glyph, from: number): Float32Array {
  const result = black.slice();
  const radius = strokeRadius * glyph.pitch;
  const height = 6 * glyph.pitch + 2 * radius;
  const top = glyph.y - radius + from * height;
  fillBox(result, glyph.x - radius, top, 4 * glyph.pitch + 2 * radius, (1 - from) * height, 0);
  return result;
}

function emptyPlate(): Float32Array {
  return new Float32Array(plateWidth * plateHeight);
}

/** The coloured band with the maker's mark and name left white. */
function drawHeader(blue: Float32Array): void {
  fillBox(blue, 0, 0, labelWidth, 36, 1);
  paint(blue, 10, 4, 38, 32, 0, (x, y) => {
    const away = Math.hypot(x - 24, y - 18);
    const wave = Math.abs(y - 18 - 4 * Math.sin((x - 24) / 3.4));
    return away < 13 && (away > 10.5 || wave < 2);
  });
  [...'KENRO'].forEach((character, i) => {
    drawGlyph(blue, { character, x: 46 + i * 18, y: 9, pitch: 3 }, 0);
  });
  fillBox(blue, 190, 14, 50, 2.5, 0);
  fillBox(blue, 190, 20, 34, 2.5, 0);
}

/** A red diamond with a black flame in it. */
function drawSymbol(plates: Plates): void {
  const cx = 207;
  const cy = 82;
  paint(plates.red, 170, 45, 244, 119, 1, (x, y) => {
    const away = Math.abs(x - cx) + Math.abs(y - cy);
    return away < 36 && away > 31;
  });
  paint(plates.black, 185, 60, 229, 104, 1, (x, y) => {
    const v = (cy + 14 - y) / 30;
    const lean = 3 * Math.sin(v * 5);
    const half = 10 * Math.sqrt(Math.max(0, v)) * (1 - v) * 1.6;
    const base = y > cy + 17 && y < cy + 20 && Math.abs(x - cx) < 11;
    return base || (v > 0 && v < 1 && Math.abs(x - cx - lean) < half);
  });
}

/** Half the width of a character's strokes, as a share of its dot pitch. */
const strokeRadius = 0.62;

/** A character as strokes between its neighbouring dots. */
function drawGlyph(plate: Float32Array, glyph: Glyph, ink: number): void {
  const radius = glyph.pitch * strokeRadius;
  for (const { from, to } of strokesOf(glyph.character)) {
    const ax = glyph.x + from.column * glyph.pitch;
    const ay = glyph.y + from.row * glyph.pitch;
    const dx = (to.column - from.column) * glyph.pitch;
    const dy = (to.row - from.row) * glyph.pitch;
    const length = dx * dx + dy * dy || 1;
    const left = Math.min(ax, ax + dx) - radius;
    const right = Math.max(ax, ax + dx) + radius;
    paint(plate, left, ay - radius, right, ay + dy + radius, ink, (x, y) => {
      const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
      const offX = x - ax - t * dx;
      const offY = y - ay - t * dy;
      return offX * offX + offY * offY < radius * radius;
    });
  }
}

interface Dot {
  readonly column: number;
  readonly row: number;
}

/** Joins each dot to its neighbours to the right, below, and diagonally where no straight way leads there. */
function strokesOf(character: string): { from: Dot; to: Dot }[] {
  const dots = dotsOf(character);
  const has = (column: number, row: number) => dots.some((dot) => dot.column === column && dot.row === row);
  return dots.flatMap((from) => {
    const { column, row } = from;
    const ends: Dot[] = [];
    if (has(column + 1, row)) ends.push({ column: column + 1, row });
    if (has(column, row + 1)) ends.push({ column, row: row + 1 });
    for (const next of [column - 1, column + 1]) {
      const straight = has(next, row) || has(column, row + 1);
      if (has(next, row + 1) && !straight) ends.push({ column: next, row: row + 1 });
    }
    return (ends.length > 0 ? ends : [from]).map((to) => ({ from, to }));
  });
}

function fillBox(
  plate: Float32Array,
  x: number,
  y: number,
  width: number,
  height: number,
  ink: number,
): void {
  paint(plate, x, y, x + width, y + height, ink, () => true);
}

/** Sets the ink of all plate dots in a box whose centre, in label pixels, lies inside a shape. */
function paint(
  plate: Float32Array,
  left: number,
  top: number,
  right: number,
  bottom: number,
  ink: number,
  inside: (x: number, y: number) => boolean,
): void {
  const fromX = Math.max(0, Math.round(left * plateScale));
  const toX = Math.min(plateWidth, Math.round(right * plateScale));
  const fromY = Math.max(0, Math.round(top * plateScale));
  const toY = Math.min(plateHeight, Math.round(bottom * plateScale));
  for (let y = fromY; y < toY; y++) {
    for (let x = fromX; x < toX; x++) {
      if (inside((x + 0.5) / plateScale, (y + 0.5) / plateScale)) plate[y * plateWidth + x] = ink;
    }
  }
}
