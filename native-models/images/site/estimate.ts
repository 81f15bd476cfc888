import { ModelError } from '../../errors.ts';
import type { Random } from '../../random.ts';
import { corruptionNamed } from '../corruptions/index.ts';
import type { Picture } from '../picture.ts';
import { blurSignatures, lossOf, nearestBlur, type BlurSignature } from './blur.ts';
import { lightOf, type Light } from './light.ts';
import { lightChanges, matched, noiseChange } from './match.ts';
import { measurePicture, type PictureMeasures } from './measures.ts';
import type { Noise } from './noise.ts';
import { conditionName, siteProfile, type Disturbance, type SiteProfile } from './profile.ts';
import { median, quantile } from './quantiles.ts';
import type { Sharpness } from './sharpness.ts';

/** A picture that is read when its turn comes. */
export interface SitePicture {
  readonly name: string;
  load(): Promise<Picture>;
}

/** How one property of the pictures spreads over time, against the usual picture. */
export interface SiteMeasure {
  readonly name: 'brightness' | 'contrast' | 'gradient' | 'vignetting' | 'warmth' | 'noise' | 'sharpness';
  readonly unit: string;
  readonly median: number;
  /** 5th and 95th percentile. */
  readonly range: readonly [number, number];
  /** Share of the variance that is slower than from picture to picture, 0 (flicker) to 1 (drift); von Neumann 1941. */
  readonly drift: number;
}

/** A disturbance that was found, and what was measured where it was. */
export interface SiteMatch {
  /** E.g. `exposure/2`. */
  readonly condition: string;
  readonly weight: number;
  readonly images: number;
  /** What the level measures, with its unit; null for `clean`. */
  readonly measure: string | null;
  /** The documented level of that severity. */
  readonly level: number | null;
  /** Median over those pictures, in the unit of the level; null for blur, which is told by its effect on the part. */
  readonly measured: number | null;
}

export interface SiteEstimate {
  readonly profile: SiteProfile;
  readonly measures: readonly SiteMeasure[];
  /** Heaviest first. */
  readonly matches: readonly SiteMatch[];
  /** Pictures that were measured. */
  readonly images: number;
  readonly skipped: readonly { readonly name: string; readonly error: ModelError }[];
}

export interface EstimateOptions {
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((stage: 'measure' | 'blur', done: number, total: number) => void) | undefined;
}

/** With fewer pictures nothing is usual. */
const fewestPictures = 8;
/** Pictures that the suite's blurs are tried on. */
const blurredPictures = 3;
const smallestSide = 32;

/**
 * The mix of disturbances that a line sees, from pictures of its good parts in the order they were taken: each
 * picture's brightness, contrast, gradient, corners, warmth, noise and sharpness against the usual picture (the
 * median), and the documented magnitude of the suite that each change comes nearest to. A picture with several
 * counts to each in parts. What more than half of the pictures have is usual, and not found; neither is what these
 * measures do not tell: dirt, dead pixels, place, gamma, banding, compression. Parts that differ a lot from each
 * other look like disturbances.
 * @throws ModelError `tooFewImages` with fewer than 8 readable pictures of one kind (grey or colour), `cancelled`
 */
export async function estimateSiteProfile(
  pictures: readonly SitePicture[],
  { random, signal, onProgress }: EstimateOptions,
): Promise<SiteEstimate> {
  const read: { picture: SitePicture; measures: PictureMeasures }[] = [];
  const skipped: { name: string; error: ModelError }[] = [];
  for (const [at, picture] of pictures.entries()) {
    if (signal?.aborted) throw new ModelError('cancelled');
    try {
      const measures = measurePicture(largeEnough(await picture.load(), picture.name));
      const planes = read[0]?.measures.grid.length ?? measures.grid.length;
      if (measures.grid.length !== planes) throw unlike(picture.name, planes);
      read.push({ picture, measures });
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      skipped.push({ name: picture.name, error });
    }
    onProgress?.('measure', at + 1, pictures.length);
  }
  if (read.length < fewestPictures) {
    throw new ModelError('tooFewImages', { found: read.length, needed: fewestPictures });
  }
  const series = seriesOf(read.map(({ measures }) => measures));
  const usualOnes = nearestToUsual(series.loss).map((at) => read[at]!.picture);
  const signatures = await tryBlurs(usualOnes, { random, signal, onProgress });
  const found = read.map((_, at) => foundIn(series, at, signatures));
  return { ...mixOf(found), measures: measuresOf(series), images: read.length, skipped };
}

function largeEnough(picture: Picture, name: string): Picture {
  const side = Math.min(picture.width, picture.height);
  if (side >= smallestSide) return picture;
  throw new ModelError('imageUnreadable', { path: name, reason: `smaller than ${smallestSide} pixels` });
}

function unlike(name: string, planes: number): ModelError {
  return new ModelError('imageUnreadable', {
    path: name,
    reason: planes === 1 ? 'in colour, the others are grey' : 'grey, the others are in colour',
  });
}

/** One value a picture, each against the usual one. */
interface Series {
  readonly light: readonly Light[];
  readonly noise: readonly Noise[];
  readonly usualNoise: Noise;
  readonly loss: readonly Sharpness[];
}

function seriesOf(measures: readonly PictureMeasures[]): Series {
  const light = lightOf(measures.map(({ grid }) => grid));
  const of = (pick: (light: Light) => number) => median(light.map(pick));
  const usual = {
    stops: of(({ stops }) => stops),
    contrast: of(({ contrast }) => contrast),
    slopeX: of(({ slopeX }) => slopeX),
    slopeY: of(({ slopeY }) => slopeY),
    vignetting: of(({ vignetting }) => vignetting),
  };
  const noise = measures.map((measured) => measured.noise);
  const half = (pick: (noise: Noise) => Noise['dark']) => ({
    sigma: median(noise.map((each) => pick(each).sigma)),
    level: median(noise.map((each) => pick(each).level)),
  });
  const sharpness = measures.map((measured) => measured.sharpness);
  const usualSharpness = { x: medianOf(sharpness, 'x'), y: medianOf(sharpness, 'y') };
  return {
    light: light.map((each) => ({
      ...each,
      stops: each.stops - usual.stops,
      contrast: each.contrast / usual.contrast,
      slopeX: each.slopeX - usual.slopeX,
      slopeY: each.slopeY - usual.slopeY,
      vignetting: each.vignetting - usual.vignetting,
    })),
    noise,
    usualNoise: { dark: half(({ dark }) => dark), bright: half(({ bright }) => bright) },
    loss: sharpness.map((each) => lossOf(each, usualSharpness)),
  };
}

function medianOf(sharpness: readonly Sharpness[], axis: 'x' | 'y'): number | null {
  const seen = sharpness.flatMap((each) => each[axis] ?? []);
  return seen.length === 0 ? null : median(seen);
}

/** The pictures whose sharpness is the most usual. */
function nearestToUsual(loss: readonly Sharpness[]): number[] {
  const away = ({ x, y }: Sharpness) => (x === null && y === null ? Infinity : Math.hypot(x ?? 0, y ?? 0));
  return loss
    .map((_, at) => at)
    .filter((at) => away(loss[at]!) < Infinity)
    .sort((a, b) => away(loss[a]!) - away(loss[b]!))
    .slice(0, blurredPictures);
}

async function tryBlurs(
  pictures: readonly SitePicture[],
  { random, signal, onProgress }: EstimateOptions,
): Promise<BlurSignature[]> {
  const signatures: BlurSignature[] = [];
  for (const [at, { load }] of pictures.entries()) {
    if (signal?.aborted) throw new ModelError('cancelled');
    signatures.push(...(await blurSignatures(await load(), random.fork(at))));
    onProgress?.('blur', at + 1, pictures.length);
  }
  return signatures;
}

interface Found {
  readonly disturbance: Disturbance | null;
  readonly measured: number | null;
}

/** What one picture has; clean where it has nothing. */
function foundIn(series: Series, at: number, signatures: readonly BlurSignature[]): Found[] {
  const light = series.light[at]!;
  const noise = noiseChange(series.noise[at]!, series.usualNoise, 2 ** light.stops);
  const changes = [...lightChanges(light), ...(noise ? [noise] : [])];
  const found = [
    ...changes.map((change) => ({ disturbance: matched(change), measured: change.level })),
    { disturbance: nearestBlur(series.loss[at]!, signatures), measured: null },
  ].filter(({ disturbance }) => disturbance !== null);
  return found.length > 0 ? found : [{ disturbance: null, measured: null }];
}

function mixOf(pictures: readonly (readonly Found[])[]): Pick<SiteEstimate, 'profile' | 'matches'> {
  const byCondition = new Map<string, { found: Found; weight: number }[]>();
  for (const all of pictures) {
    for (const found of all) {
      const name = conditionName(found.disturbance);
      const weight = 1 / (all.length * pictures.length);
      const others = byCondition.get(name);
      if (others) others.push({ found, weight });
      else byCondition.set(name, [{ found, weight }]);
    }
  }
  const matches = [...byCondition]
    .map(([condition, all]): SiteMatch => {
      const { disturbance } = all[0]!.found;
      const corruption = disturbance && corruptionNamed(disturbance.corruption);
      const measured = all.flatMap(({ found }) => found.measured ?? []);
      return {
        condition,
        weight: all.reduce((sum, { weight }) => sum + weight, 0),
        images: all.length,
        measure: corruption && corruption.measure,
        level: corruption && corruption.levels[disturbance!.severity - 1]!,
        measured: measured.length > 0 ? median(measured.map(Math.abs)) : null,
      };
    })
    .sort((a, b) => b.weight - a.weight || (a.condition < b.condition ? -1 : 1));
  return {
    matches,
    profile: siteProfile(Object.fromEntries(matches.map(({ condition, weight }) => [condition, weight]))),
  };
}

function measuresOf({ light, noise, loss }: Series): SiteMeasure[] {
  const measure = (name: SiteMeasure['name'], unit: string, values: readonly number[]): SiteMeasure[] =>
    values.length === 0
      ? []
      : [
          {
            name,
            unit,
            median: median(values),
            range: [quantile(values, 0.05), quantile(values, 0.95)],
            drift: driftOf(values),
          },
        ];
  const sharpness = loss.flatMap(({ x, y }) => {
    const seen = [x, y].filter((along) => along !== null);
    return seen.length > 0 ? [-seen.reduce((sum, along) => sum + along, 0) / seen.length] : [];
  });
  return [
    ...measure(
      'brightness',
      'stops from the usual',
      light.map(({ stops }) => stops),
    ),
    ...measure(
      'contrast',
      'factor on the usual',
      light.map(({ contrast }) => contrast),
    ),
    ...measure(
      'gradient',
      'change from centre to edge',
      light.map((each) => Math.hypot(each.slopeX, each.slopeY)),
    ),
    ...measure(
      'vignetting',
      'further loss in the corners',
      light.map(({ vignetting }) => vignetting),
    ),
    ...measure(
      'warmth',
      'change of red and blue',
      light.map(({ warmth }) => warmth),
    ),
    ...measure(
      'noise',
      'standard deviation, share of full scale',
      noise.map(({ dark, bright }) => Math.sqrt((dark.sigma ** 2 + bright.sigma ** 2) / 2)),
    ),
    ...measure('sharpness', 'log of fine over coarse structure, from the usual', sharpness),
  ];
}

function driftOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const successive = values.slice(1).reduce((sum, value, at) => sum + (value - values[at]!) ** 2, 0);
  return variance > 0 ? Math.min(1, Math.max(0, 1 - successive / (2 * variance))) : 0;
}
