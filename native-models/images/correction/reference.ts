import { median } from '../site/quantiles.ts';
import { correctImage } from './correct.ts';
import { usualBounds, type Correction } from './correction.ts';
import { encodeSketch, sketchSide, type Sketch } from './sketch.ts';

/** A good part's sketch and the proportion, width / height, of its picture. */
export interface ReferencePart {
  readonly sketch: Sketch;
  readonly aspect: number;
}

const rounds = 2;

/**
 * The correction to the usual good part: the median of each cell over the parts, which are themselves brought to the
 * median of the round before, so that it stays sharp where parts do not lie alike.
 * @param parts at least one
 */
export function correctionTo(
  parts: readonly ReferencePart[],
  { position, light }: Pick<Correction, 'position' | 'light'>,
): Correction {
  const towards = (sketches: readonly Sketch[]): Correction => ({
    ...{ reference: encodeSketch(medianOf(sketches)), position, light, bounds: usualBounds },
  });
  let correction = towards(parts.map(({ sketch }) => sketch));
  for (let round = 0; round < rounds; round++) {
    const corrected = parts.map(({ sketch, aspect }) => {
      const values = sketch.values.slice();
      correctImage(values, sketchSide, sketchSide, aspect, correction);
      return { side: sketchSide, values };
    });
    correction = towards(corrected);
  }
  return correction;
}

function medianOf(sketches: readonly Sketch[]): Sketch {
  const values = new Float32Array(sketchSide * sketchSide);
  values.forEach((_, cell) => (values[cell] = median(sketches.map((each) => each.values[cell]!))));
  return { side: sketchSide, values };
}
