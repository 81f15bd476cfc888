import { unjudged, type EngineCalls, type JudgeReply } from '../../contract/engine.ts';
import type { ErrorInfo } from '../../contract/errors.ts';
import { decide, thresholdsFor } from '../../contract/verdict.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { output } from 'zod';
import type { Engine } from '../engine.ts';
import { toFailure } from '../failure.ts';
import { keepPicture } from '../keptPictures.ts';
import type { EncodedPicture } from '../pictureRing.ts';

type JudgeRequest = output<EngineCalls['judge']['request']>;

/**
 * Judges one part. Calls may overlap; there is a lane for so many of them, and the others wait. Whatever keeps
 * a part from being judged makes it a review; it never throws.
 */
export async function judge(engine: Engine, request: JudgeRequest): Promise<JudgeReply> {
  const { image, model, key } = request;
  const look = await engine.lanes.look({ image, model });
  if (look.encoded === null) return unjudged(look.error, look.decodeMs);

  const { encoded, error, ...seen } = look;
  engine.ring.add(key, encoded);
  const verdict =
    model && seen.score !== null ? decide(seen.score, thresholdsFor(model, seen.label)) : 'REVIEW';
  const kept = await keep(engine, request, verdict, encoded);
  return {
    ...seen,
    verdict,
    imageHash: encoded.hash,
    imageKept: kept.imageKept,
    error: error ?? kept.error,
  };
}

/** A full disk costs the picture, not the verdict. */
async function keep(
  engine: Engine,
  request: JudgeRequest,
  verdict: Verdict,
  encoded: EncodedPicture,
): Promise<{ imageKept: boolean; error: ErrorInfo | null }> {
  const { imagesDir } = engine.config;
  const wanted = request.keep === 'always' || verdict !== 'OK';
  if (!wanted || imagesDir === null) return { imageKept: false, error: null };
  try {
    await keepPicture(imagesDir, encoded);
    return { imageKept: true, error: null };
  } catch (thrown) {
    return { imageKept: false, error: toFailure(thrown) };
  }
}
