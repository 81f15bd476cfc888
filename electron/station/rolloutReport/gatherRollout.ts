import { KenroError } from '../../contract/errors.ts';
import type { Disagreement, Rollout } from '../../contract/rollout.ts';
import { isJudging } from '../../contract/rollout.ts';
import type { ReportedModel, ReportedPart, RolloutReport } from '../../report/rollout/rolloutReport.ts';
import { phaseRecords } from '../../rollout/phaseRecords.ts';
import type { StatusOptions } from '../../rollout/status.ts';
import { auditOfRollout } from '../../store/audit.ts';
import { modelOnRecord } from '../../store/models.ts';
import { readHistoryNames } from '../../store/names.ts';
import { readRollout, rolloutSteps } from '../../store/rollouts.ts';
import { disagreements } from '../../store/shadows.ts';
import { pictureOf, type PictureSources } from '../keptPicture.ts';

export interface GatherOptions extends PictureSources, StatusOptions {
  readonly db: StatusOptions['db'];
}

/** Parts on which the two models differ, and the longest side of their pictures, pixels. */
const shownParts = 12;
const pictureSide = 240;
/** Entries of the audit trail at most, the newest. */
const mostEntries = 200;

/** What there is to report of a rollout. @throws {KenroError} `notFound`; what the engine throws */
export async function gatherRollout(
  options: GatherOptions,
  id: number,
  nowMs: number,
): Promise<Omit<RolloutReport, 'version'>> {
  const { db } = options;
  const rollout = readRollout(db, id);
  const { productId, currentModelId, candidateModelId, createdMs, sinceMs, plan } = rollout;
  const names = readHistoryNames(db);
  const phases = await phaseRecords(options, rollout, nowMs);
  const models = { current: modelOf(options, currentModelId), candidate: modelOf(options, candidateModelId) };
  const span = { fromMs: createdMs, toMs: (isOver(rollout) ? sinceMs : nowMs) + 1 };
  return {
    rollout,
    product: names.products.get(productId) ?? '',
    sources: plan.sourceIds.flatMap((source) => names.sources.get(source) ?? []),
    models,
    phases,
    steps: rolloutSteps(db, id),
    differing: await pictured(
      options,
      disagreements(db, id, { open: false, before: null, limit: shownParts }),
    ),
    audit: auditOfRollout(db, {
      ...{ rolloutId: id, modelIds: [currentModelId, candidateModelId] },
      ...{ hashes: [models.current.sha256, models.candidate.sha256], span, most: mostEntries },
    }),
    madeAtMs: nowMs,
  };
}

function isOver({ state }: Rollout): boolean {
  return state !== 'draft' && !isJudging(state);
}

function modelOf({ db }: GatherOptions, id: number): ReportedModel {
  const { name, sha256, thresholds } = modelOnRecord(db, id);
  return { name, sha256, thresholds };
}

/** One at a time: parts of the line go first. */
async function pictured(options: GatherOptions, parts: readonly Disagreement[]): Promise<ReportedPart[]> {
  const reported: ReportedPart[] = [];
  for (const { inspection, shadow } of parts) {
    reported.push({ inspection, shadow, picture: await pictureText(options, inspection.id) });
  }
  return reported;
}

/** A picture that cannot be read any more is missing; the figures are not thrown away for it. */
async function pictureText(options: GatherOptions, id: number): Promise<string | null> {
  try {
    const jpeg = await pictureOf(options, id, pictureSide);
    return jpeg && Buffer.from(jpeg).toString('base64');
  } catch (thrown) {
    if (thrown instanceof KenroError) return null;
    throw thrown;
  }
}
