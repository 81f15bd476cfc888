import { unjudged, type EngineCalls, type JudgeReply } from '../../contract/engine.ts';
import type { ErrorInfo } from '../../contract/errors.ts';
import { settledVerdict } from '../../contract/smoothing.ts';
import type { Verdict } from '../../contract/verdict.ts';
import { limitsOf, verdictOf as verdictOfScore } from '../../../native-models/detectors/verdict.ts';
import type { output } from 'zod';
import type { Engine } from '../engine.ts';
import { toFailure } from '../failure.ts';
import { keepPicture } from '../keptPictures.ts';
import type { LookingAgain, Seen } from '../lanes/lane.ts';
import { seedOfPart } from '../noisyLooks.ts';
import type { EncodedPicture } from '../pictureRing.ts';

type JudgeRequest = output<EngineCalls['judge']['request']>;

/**
 * Judges one part. Calls may overlap; there is a lane for so many of them, and the others wait. Whatever keeps
 * a part from being judged makes it a review; it never throws.
 */
export async function judge(engine: Engine, request: JudgeRequest): Promise<JudgeReply> {
  const { model, key, measures } = request;
  const again = lookingAgain(engine, request);
  const look = await engine.lanes.look({ image: imageOf(engine, request), model, again, measures });
  if (look.encoded === null) return unjudged(look.error, look.decodeMs);

  const { encoded, error, ...seen } = look;
  engine.ring.add(key, encoded);
  const verdict = verdictOf(request, look);
  // Without its picture, nobody could repeat what noisy looks have shown.
  const isWanted = request.keep === 'always' || verdict !== 'OK' || Boolean(look.smoothing?.certificate);
  const kept = await keep(engine, isWanted, encoded);
  return {
    ...seen,
    verdict,
    imageHash: encoded.hash,
    imageKept: kept.imageKept,
    error: error ?? kept.error,
  };
}

function imageOf({ ring }: Engine, { image, key, again }: JudgeRequest): JudgeRequest['image'] {
  const seen = again ? ring.get(key) : undefined;
  return seen ? { from: 'bytes', bytes: seen.bytes } : image;
}

function lookingAgain({ clock }: Engine, { key, model, smoothing }: JudgeRequest): LookingAgain | undefined {
  if (!model || !smoothing) return undefined;
  const { thresholds, thresholdsByLabel } = model;
  const untilMs = clock.monotonicMs() + smoothing.budgetMs;
  return { settings: smoothing, judgedBy: { thresholds, thresholdsByLabel }, seed: seedOfPart(key), untilMs };
}

/** Fail safe: what could not be scored, or not be looked at again as it should, is left to a human. */
function verdictOf({ model }: JudgeRequest, { score, label, smoothing }: Seen): Verdict {
  if (!model || score === null || smoothing?.error) return 'REVIEW';
  const verdict = verdictOfScore(score, limitsOf(model), label);
  return smoothing?.certificate ? settledVerdict(verdict, smoothing.certificate) : verdict;
}

/** A full disk costs the picture, not the verdict. */
async function keep(
  engine: Engine,
  isWanted: boolean,
  encoded: EncodedPicture,
): Promise<{ imageKept: boolean; error: ErrorInfo | null }> {
  const { imagesDir } = engine.config;
  if (!isWanted || imagesDir === null) return { imageKept: false, error: null };
  try {
    await keepPicture(imagesDir, encoded);
    return { imageKept: true, error: null };
  } catch (thrown) {
    return { imageKept: false, error: toFailure(thrown) };
  }
}
