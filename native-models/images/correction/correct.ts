import {
  inPlace,
  noField,
  usualLight,
  type Beyond,
  type Corrected,
  type Correction,
  type CorrectionBounds,
  type LightChange,
  type Placement,
} from './correction.ts';
import { fieldOf, gainAndHaze, quantilesOf } from './lightChange.ts';
import { matchOf, pyramidOf, type Match, type Pyramid } from './placement.ts';
import { decodeSketch, halved, sketchOf, type Sketch } from './sketch.ts';
import { farthest, pixelMap, warpPlane } from './warpPlane.ts';

/** Below this correlation nobody would say that the picture shows the reference. */
const leastCorrelation = 0.7;
/** Of what does not agree with the reference, a placement that is believed leaves at most so much. */
const mostLeft = 0.95;
/** A picture darker than this shows nothing. */
const leastGain = 0.02;
/** A way shorter than this, in pixels of the network's input, is none: interpolating would cost more than it mends. */
const shortestWay = 0.25;

/**
 * Brings an image at the network's size to the reference's place and light, within the bounds. Values stay in 0..255.
 * A picture beyond a bound, and one whose place is not convincing, is left as it is.
 * @param values float32 [planes, height, width], 0..255, changed in place
 * @param aspect width / height of the picture before it was resized
 */
export function correctImage(
  values: Float32Array,
  height: number,
  width: number,
  aspect: number,
  correction: Correction,
): Corrected {
  const sketch = sketchOf(values, height, width);
  const found = changesOf(sketch, aspect, correction);
  if (found.beyond) return found;
  const map = pixelMap(found.placement, height, width, aspect);
  const isMoved = farthest(map, height, width) >= shortestWay;
  if (isMoved) {
    const size = height * width;
    for (let from = 0; from < values.length; from += size) {
      warpPlane(values.slice(from, from + size), values, from, { height, width }, map);
    }
  }
  if (correction.light !== 'none') relight(values, height, width, found.light);
  return isMoved ? found : { ...found, placement: inPlace };
}

/** What of a sketch differs from the reference, as far as the correction takes it back. */
export function changesOf(sketch: Sketch, aspect: number, correction: Correction): Corrected {
  const { position, light, bounds } = correction;
  const reference = referenceOf(correction);
  const plain = gainAndHaze(quantilesOf(sketch), reference.quantiles);
  const placement = position ? placementOf(sketch, aspect, plain, reference) : inPlace;
  const field = light === 'field' ? fieldAt(sketch, aspect, placement, plain, reference) : noField;
  const change = light === 'none' ? usualLight : { ...plain, field };
  const beyond = beyondOf(placement, change, bounds);
  return beyond ? { placement: inPlace, light: usualLight, beyond } : { placement, light: change, beyond };
}

/** Matched in even light: a slope of the light across the picture would draw it along. */
function placementOf(sketch: Sketch, aspect: number, plain: LightChange, reference: Reference): Placement {
  const field = fieldAt(sketch, aspect, inPlace, plain, reference);
  const even = { ...sketch, values: sketch.values.slice() };
  relight(even.values, sketch.side, sketch.side, { ...plain, gain: Math.max(plain.gain, leastGain), field });
  return believed(matchOf(even, reference.pyramid, aspect));
}

/** On half the fineness: light has no edges. */
function fieldAt(
  sketch: Sketch,
  aspect: number,
  placement: Placement,
  plain: LightChange,
  { coarse }: Reference,
): LightChange['field'] {
  const { side, values } = halved(sketch);
  const moved = new Float32Array(values.length);
  warpPlane(values, moved, 0, { height: side, width: side }, pixelMap(placement, side, side, aspect));
  relight(moved, side, side, { ...plain, gain: Math.max(plain.gain, leastGain) });
  return fieldOf({ side, values: moved }, coarse);
}

function believed({ placement, before, after }: Match): Placement {
  return after >= leastCorrelation && 1 - after <= mostLeft * (1 - before) ? placement : inPlace;
}

function beyondOf({ x, y, angle }: Placement, { gain, haze, field }: LightChange, bounds: CorrectionBounds) {
  const found: Readonly<Record<keyof CorrectionBounds, number>> = {
    shift: Math.hypot(x, y),
    degrees: (Math.abs(angle) * 180) / Math.PI,
    stops: Math.abs(Math.log2(gain)),
    haze: Math.abs(haze),
    slope: Math.hypot(field.u, field.v),
  };
  for (const what of Object.keys(found) as (keyof CorrectionBounds)[]) {
    const [value, bound] = [found[what], bounds[what]];
    // Not a number is no light to be corrected either.
    if (!(value <= bound)) return { what, value, bound } satisfies Beyond;
  }
  return null;
}

/** Takes a light change back, in place. */
function relight(values: Float32Array, height: number, width: number, change: LightChange): void {
  const { gain, haze, field } = change;
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  for (let at = 0, y = 0; at < values.length; y = (y + 1) % height) {
    const v = (y - cy) / (height / 2);
    const across = gain * (1 + field.v * v);
    for (let x = 0; x < width; x++, at++) {
      const light = across + (gain * field.u * (x - cx)) / (width / 2);
      const value = (values[at]! - haze) / light;
      values[at] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
}

interface Reference {
  readonly coarse: Sketch;
  readonly pyramid: Pyramid;
  readonly quantiles: Float64Array;
}

const references = new WeakMap<Correction, Reference>();

/** Worked out once for each correction. */
function referenceOf(correction: Correction): Reference {
  const known = references.get(correction);
  if (known) return known;
  const sketch = decodeSketch(correction.reference);
  const made = { coarse: halved(sketch), pyramid: pyramidOf(sketch), quantiles: quantilesOf(sketch) };
  references.set(correction, made);
  return made;
}
