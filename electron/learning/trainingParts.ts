import type { Inspection } from '../contract/domain.ts';
import { KenroError } from '../contract/errors.ts';
import { everything } from '../contract/history.ts';
import type { PartsSurvey, RetrainParts } from '../contract/retrain.ts';
import { findKept } from '../engine/keptPictures.ts';
import { iterateHistory } from '../store/history.ts';
import type { ReadableDb } from '../store/db.ts';
import { defectRateOver } from '../store/defectRate.ts';
import { readDataset, type Grouping, type Sample } from './dataset.ts';
import { areLotsEnough, basisOf, inStretches, type SplitBasis } from './splitGroups.ts';

/** Newest parts of each kind that are taken from the record. */
const mostParts = 5_000;
const correctedShown = 60;

export interface GatheredParts {
  /** Every one with a group or a split; in the order they were taken, as far as it is known. */
  readonly samples: readonly Sample[];
  /** Paths of those whose verdict a human corrected. */
  readonly corrected: readonly string[];
  readonly survey: PartsSurvey;
}

/** A part on record with its picture and what it is taken for. */
interface RecordedPart {
  readonly part: Inspection;
  readonly sample: Sample;
  readonly isCorrected: boolean;
}

/**
 * Collects the images that a product's model is retrained on.
 * @throws {KenroError} as `readDataset`; `folderEmpty` where nothing was chosen or found
 */
export async function gatherParts(
  db: ReadableDb,
  imagesDir: string,
  wanted: RetrainParts,
): Promise<GatheredParts> {
  const { parts, unkept } = await recordedParts(db, imagesDir, wanted);
  const found = wanted.path === null ? [] : (await readDataset(wanted.path, groupingOf(wanted))).samples;
  if (parts.length + found.length === 0)
    throw new KenroError('folderEmpty', { path: wanted.path ?? imagesDir });

  const byLot = areLotsEnough(parts.map(({ part }) => part.lot));
  const recorded = parts.map(({ part, sample }) =>
    byLot ? { ...sample, group: `lot ${part.lot}` } : sample,
  );
  const bases: SplitBasis[] = [
    ...(found.length > 0 ? [basisOf(found)] : []),
    ...(recorded.length === 0 ? [] : [byLot ? ('lot' as const) : ('stretch' as const)]),
  ];
  const samples = [...inStretches(recorded, 'recorded'), ...inStretches(found, 'file')];
  const corrected = parts.filter(({ isCorrected }) => isCorrected);
  return {
    samples,
    corrected: corrected.map(({ sample }) => sample.path),
    survey: {
      classes: classesOf(samples),
      split: [...new Set(bases)],
      corrected: corrected
        .slice(-correctedShown)
        .reverse()
        .map(({ part }) => part),
      correctedCount: corrected.length,
      unkept,
      defectRate: defectRateOf(db, wanted.productId, parts),
    },
  };
}

function defectRateOf(db: ReadableDb, productId: number, parts: readonly RecordedPart[]): number | null {
  const [oldest] = parts;
  if (!oldest) return null;
  return defectRateOver(db, { fromMs: oldest.part.timeMs, toMs: Number.MAX_SAFE_INTEGER }, { productId });
}

function groupingOf({ groupColumn, groupPattern }: RetrainParts): Grouping {
  return {
    ...(groupColumn === null ? {} : { column: groupColumn }),
    ...(groupPattern === null ? {} : { pattern: new RegExp(groupPattern) }),
  };
}

/** Oldest first; of several parts with the same picture, the newest. */
async function recordedParts(
  db: ReadableDb,
  imagesDir: string,
  { productId, records }: RetrainParts,
): Promise<{ parts: RecordedPart[]; unkept: number }> {
  const spoken = records === 'none' ? [] : newest(db, { ...everything, productId, human: 'any' });
  const silent =
    records === 'andOk'
      ? newest(db, { ...everything, productId, human: 'none', verdicts: ['OK'] }).filter(
          ({ imageKept }) => imageKept,
        )
      : [];
  const parts = new Map<string, RecordedPart>();
  let unkept = 0;
  const inTime = [...spoken, ...silent].sort((one, other) => one.timeMs - other.timeMs || one.id - other.id);
  for (const part of inTime) {
    const path = part.imageKept && part.imageHash !== null ? await findKept(imagesDir, part.imageHash) : null;
    if (path === null) unkept++;
    else parts.set(path, { part, sample: sampleOf(part, path), isCorrected: isCorrected(part) });
  }
  return { parts: [...parts.values()], unkept };
}

function newest(db: ReadableDb, filter: typeof everything): Inspection[] {
  const found: Inspection[] = [];
  for (const chunk of iterateHistory(db, filter)) {
    found.push(...chunk);
    if (found.length >= mostParts) break;
  }
  return found.slice(0, mostParts);
}

function sampleOf({ human, label }: Inspection, path: string): Sample {
  const isGood = human !== 'ng';
  return { path, label: isGood ? 'ok' : (label ?? 'ng'), split: null, group: null, weight: 1 };
}

function isCorrected({ human, verdict }: Inspection): boolean {
  return (human === 'ok' && verdict === 'NG') || (human === 'ng' && verdict === 'OK');
}

function classesOf(samples: readonly Sample[]): PartsSurvey['classes'] {
  const classes = [...Map.groupBy(samples, ({ label }) => label)];
  return classes
    .map(([label, own]) => ({
      label,
      images: own.length,
      groups: new Set(own.map(({ group }) => group)).size,
    }))
    .sort(
      (one, other) =>
        Number(other.label === 'ok') - Number(one.label === 'ok') || (one.label < other.label ? -1 : 1),
    );
}
