import type { AnomalyMap } from '../../contract/domain.ts';
import { unjudged, type EngineCalls, type JudgeReply } from '../../contract/engine.ts';
import type { ErrorInfo } from '../../contract/errors.ts';
import { decide } from '../../contract/verdict.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { output } from 'zod';
import type { Picture } from '../../../native-models/images/picture.ts';
import { quantise } from '../anomalyMap.ts';
import type { Engine } from '../engine.ts';
import { aboutModel, toFailure } from '../failure.ts';
import { keepPicture } from '../keptPictures.ts';
import { partImage } from '../partImage.ts';
import type { PartImage } from '../partImage.ts';

type JudgeRequest = output<EngineCalls['judge']['request']>;

interface Scored {
  readonly verdict: Verdict;
  readonly score: number | null;
  readonly map: AnomalyMap | null;
  readonly preprocessMs: number;
  readonly inferMs: number;
  readonly error: ErrorInfo | null;
}

/**
 * Judges one part. Several calls overlap: while one part is at the network, others are read and decoded, but
 * never more than there is room for. Whatever keeps a part from being judged makes it a review; it never
 * throws.
 */
export async function judge(engine: Engine, request: JudgeRequest): Promise<JudgeReply> {
  const makeRoom = await engine.decoding.enter();
  try {
    const startMs = engine.clock.monotonicMs();
    const image = await partImage(request.image).catch(toFailure);
    const decodeMs = engine.clock.monotonicMs() - startMs;
    if (!('picture' in image)) return unjudged(image, decodeMs);

    engine.ring.add(request.key, image.encoded);
    const scored = await score(engine, request.model, image.picture, makeRoom);
    const { imageKept, error } = await keep(engine, request, scored.verdict, image);
    return {
      verdict: scored.verdict,
      score: scored.score,
      label: null,
      map: scored.map,
      imageHash: image.encoded.hash,
      imageKept,
      width: image.picture.width,
      height: image.picture.height,
      decodeMs: decodeMs + scored.preprocessMs,
      inferMs: scored.inferMs,
      error: scored.error ?? error,
    };
  } finally {
    makeRoom();
  }
}

/** @param onTurn called when the network starts on this picture, so that the next one may be decoded */
async function score(
  engine: Engine,
  model: JudgeRequest['model'],
  picture: Picture,
  onTurn: () => void,
): Promise<Scored> {
  if (!model) return unscored({ kind: 'noModel', params: {} });
  try {
    const judgement = await aboutModel(model.path, () =>
      engine.detectors.use(model, (detector) => {
        onTurn();
        return detector.judge(picture);
      }),
    );
    return {
      verdict: decide(judgement.score, model.thresholds),
      score: judgement.score,
      map: judgement.map && quantise(judgement.map),
      preprocessMs: judgement.preprocessMs,
      inferMs: judgement.inferMs,
      error: null,
    };
  } catch (thrown) {
    return unscored(toFailure(thrown));
  }
}

/** A full disk costs the picture, not the verdict. */
async function keep(
  engine: Engine,
  request: JudgeRequest,
  verdict: Verdict,
  image: PartImage,
): Promise<{ imageKept: boolean; error: ErrorInfo | null }> {
  const { imagesDir } = engine.config;
  const wanted = request.keep === 'always' || verdict !== 'OK';
  if (!wanted || imagesDir === null) return { imageKept: false, error: null };
  try {
    await keepPicture(imagesDir, image.encoded);
    return { imageKept: true, error: null };
  } catch (thrown) {
    return { imageKept: false, error: toFailure(thrown) };
  }
}

function unscored(error: ErrorInfo): Scored {
  return { verdict: 'REVIEW', score: null, map: null, preprocessMs: 0, inferMs: 0, error };
}
