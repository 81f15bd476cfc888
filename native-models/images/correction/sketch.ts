/** Side of the small grey pictures that position and light are found on. */
export const sketchSide = 64;

/** Grey picture of side × side values 0..255, row by row. */
export interface Sketch {
  readonly side: number;
  readonly values: Float32Array;
}

/**
 * The mean of all planes in each of `sketchSide`² cells.
 * @param values float32 [planes, height, width], 0..255
 */
export function sketchOf(values: Float32Array, height: number, width: number): Sketch {
  const size = height * width;
  const planes = values.length / size;
  const sketch = new Float32Array(sketchSide * sketchSide);
  const columns = Array.from({ length: sketchSide }, (_, at) => cellOf(at, width));
  for (let row = 0; row < sketchSide; row++) {
    const [top, bottom] = cellOf(row, height);
    columns.forEach(([left, right], column) => {
      let sum = 0;
      for (let plane = 0; plane < planes; plane++) {
        for (let y = top; y < bottom; y++) {
          const start = plane * size + y * width;
          for (let at = start + left; at < start + right; at++) sum += values[at]!;
        }
      }
      sketch[row * sketchSide + column] = sum / (planes * (bottom - top) * (right - left));
    });
  }
  return { side: sketchSide, values: sketch };
}

/** Pixels of a cell, from and up to: at least one, where the picture is smaller than the sketch. */
function cellOf(at: number, length: number): readonly [number, number] {
  const from = Math.floor((at * length) / sketchSide);
  return [from, Math.max(from + 1, Math.floor(((at + 1) * length) / sketchSide))];
}

/** Half as fine. */
export function halved({ side, values }: Sketch): Sketch {
  const half = side / 2;
  const result = new Float32Array(half * half);
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const at = 2 * y * side + 2 * x;
      result[y * half + x] =
        (values[at]! + values[at + 1]! + values[at + side]! + values[at + side + 1]!) / 4;
    }
  }
  return { side: half, values: result };
}

/** As it is kept in a model's file. */
export function encodeSketch({ values }: Sketch): string {
  return Buffer.from(Uint8ClampedArray.from(values)).toString('base64');
}

export function decodeSketch(text: string): Sketch {
  return { side: sketchSide, values: Float32Array.from(Buffer.from(text, 'base64')) };
}
