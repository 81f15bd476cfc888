import { join } from 'node:path';
import type { ImageLoader } from '../../native-models/detectors/teach.ts';
import { loadModelFile } from '../../native-models/onnx/files.ts';
import { seededRandom } from '../../native-models/random.ts';
import { openExtractor, patchWhitening, rowOfPatches } from '../../native-models/screening/partFeatures.ts';
import { screenParts, type Check, type ScreenedParts } from '../../native-models/screening/screen.ts';
import { screenedNetwork } from '../../native-models/screening/screenedNetwork.ts';
import type { Figure } from './figure.ts';
import { labelledSets, type LabelledImage } from './support/labelledSets.ts';
import { plant, stampTrigger, type Planted, type Planting } from './support/planting.ts';

const backbone = join(import.meta.dirname, '../../native-models/models/starterBackbone.onnx');

const plantings: readonly Planting[] = [
  { kind: 'none', share: 0 },
  ...[0.05, 0.1, 0.2].map((share) => ({ kind: 'flips', share }) as const),
  ...[0.05, 0.1].map((share) => ({ kind: 'trigger', share }) as const),
  { kind: 'cleanLabelTrigger', share: 0.1 },
  { kind: 'defectsAmongGood', share: 0.05 },
];

/**
 * What the screen of training parts finds of what was planted: recall and precision of its suspects, the precision of as
 * many of the first ones as were planted, and how many it names where nothing was planted.
 */
export async function benchScreening(
  seeds: number,
  perClass: number,
  wanted: readonly string[],
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, images] of labelledSets(perClass, wanted)) {
    const features = await featuresOf(images);
    for (const planting of plantings) {
      const figure = await measure(`${name}, ${wordsOf(planting)}`, features, planting, seeds);
      if (figure) figures.push(figure);
    }
  }
  return figures;
}

function wordsOf({ kind, share }: Planting): string {
  const percent = `${(100 * share).toFixed(0)} %`;
  return {
    none: 'as they are',
    flips: `${percent} wrong labels`,
    trigger: `${percent} of one class with a trigger and its label`,
    cleanLabelTrigger: `${percent} of one class with a trigger, labels right`,
    defectsAmongGood: `good parts only, ${percent} of them defective`,
  }[kind];
}

/** Of every image as it is and with the trigger. */
export interface BothFeatures {
  readonly plain: ScreenedParts;
  readonly triggered: ScreenedParts;
}

async function featuresOf(images: readonly LabelledImage[]): Promise<BothFeatures> {
  const network = screenedNetwork(await loadModelFile(backbone));
  const extractor = await openExtractor(network!, {});
  const every = Math.ceil(images.length / 40);
  const samples = await Promise.all(
    images
      .filter((_, at) => at % every === 0)
      .map((image) => image.load())
      .map(async (picture) => extractor.patches(await picture).then((patches) => patches.slice())),
  );
  const whitening = patchWhitening(samples, extractor.dimensions, seededRandom(0));
  const read = async (change: (picture: Awaited<ReturnType<ImageLoader['load']>>) => typeof picture) => {
    const rows: Float32Array[] = [];
    const of: Float32Array[] = [];
    for (const image of images) {
      const patches = await extractor.patches(change(await image.load()));
      rows.push(rowOfPatches(patches, extractor.dimensions));
      of.push(whitening.whiten(patches));
    }
    const labels = images.map(({ label }) => label);
    const patches = { of, dimensions: whitening.dimensions };
    return { rows, labels, groups: labels.map(() => null), patches };
  };
  try {
    return { plain: await read((picture) => picture), triggered: await read(stampTrigger) };
  } finally {
    await extractor.close();
  }
}

async function measure(
  name: string,
  features: BothFeatures,
  planting: Planting,
  seeds: number,
): Promise<Figure | null> {
  const totals = { parts: 0, planted: 0, suspects: 0, found: 0, firstFound: 0 };
  const byCheck = new Map<Check, { found: number; all: number }>();
  for (let seed = 0; seed < (planting.kind === 'none' ? 1 : seeds); seed++) {
    const planted: Planted | null = plant(features, planting, seededRandom(seed));
    if (!planted) return null;
    const { suspects } = await screenParts(planted.parts, { random: seededRandom(seed).fork('screen') });
    const isPlanted = suspects.map(({ index }) => planted.wrong.has(index));
    totals.parts += planted.parts.rows.length;
    totals.planted += planted.wrong.size;
    totals.suspects += suspects.length;
    totals.found += isPlanted.filter(Boolean).length;
    totals.firstFound += isPlanted.slice(0, planted.wrong.size).filter(Boolean).length;
    suspects.forEach(({ reasons }, at) => {
      for (const { check } of reasons) {
        const known = byCheck.get(check) ?? { found: 0, all: 0 };
        byCheck.set(check, { found: known.found + Number(isPlanted[at]), all: known.all + 1 });
      }
    });
  }
  const { parts, planted, suspects, found, firstFound } = totals;
  const percent = (part: number, of: number) => (of === 0 ? '–' : `${((100 * part) / of).toFixed(0)} %`);
  const checks = [...byCheck].map(([check, count]) => `${check} ${count.found}/${count.all}`).join(', ');
  const note =
    planting.kind === 'none'
      ? `named of ${parts}`
      : `recall of ${planted} planted; precision ${percent(found, suspects)} of ${suspects} named, ` +
        `${percent(firstFound, planted)} of as many first ones`;
  const value = 100 * (planting.kind === 'none' ? suspects / parts : found / planted);
  return { name, value, unit: '%', note: `${note}; ${checks}` };
}
