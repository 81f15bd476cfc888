import type { output } from 'zod';
import { comparePairs, differenceOf, scoreTolerance } from '../../../native-models/evaluate/parity.ts';
import { limitsFor, limitsOf, verdictOf } from '../../../native-models/detectors/verdict.ts';
import { openDetector, type Detector } from '../../../native-models/detectors/detector.ts';
import { runtimeVersion } from '../../../native-models/runtime/session.ts';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { differingNamed } from '../../contract/parity.ts';
import type { ErrorInfo } from '../../contract/errors.ts';
import { lanesProvider, type Engine } from '../engine.ts';
import { aboutModel } from '../failure.ts';
import { checkHash } from '../modelHash.ts';
import { partImage } from '../partImage.ts';

type Request = output<EngineCalls['compareParity']['request']>;
type Part = Request['parts'][number];

/** One part, as it was and as it is judged here. */
interface Pair {
  readonly name: string;
  readonly expected: number;
  /** NaN: it could not be scored. */
  readonly got: number;
  readonly thresholds: Request['model']['thresholds'];
  /** The same score would be called another defect. */
  readonly isOtherDefect: boolean;
}

/**
 * Judges parts whose scores are known from the making of a model in the lanes that judge the line's parts, one after the
 * other, so that a part of the line waits for one of them at most.
 * @returns a part whose score was not kept and whose picture cannot be read is left out; without any part nothing agrees
 * @throws {ModelError} what opening the model throws, where the processor has to say what is expected
 * @throws {KenroError} `modelHashMismatch`
 */
export async function compareParity(
  engine: Engine,
  { model, parts }: Request,
): Promise<EngineReply<'compareParity'>> {
  await checkHash(model);
  const pairs: Pair[] = [];
  let deviceError: ErrorInfo | undefined;
  for (const part of await withScores(model.path, parts)) {
    const look = await engine.lanes.look({ image: part.image, model });
    const seen = look.encoded === null ? { score: null, label: null } : look;
    if (look.encoded !== null) deviceError ??= look.deviceError;
    pairs.push(pairOf(model, part, seen));
  }
  const parity = comparePairs(pairs);
  const otherDefects = pairs.filter(({ isOtherDefect }) => isOtherDefect).length;
  const differing = pairs
    .filter((pair) => pair.isOtherDefect || differenceOf(pair) > scoreTolerance)
    .sort((one, other) => differenceOf(other) - differenceOf(one));
  return {
    provider: lanesProvider(engine.config),
    runtime: runtimeVersion,
    agrees: pairs.length > 0 && parity.agrees && otherDefects === 0,
    parts: pairs.length,
    worst: numberOrNull(parity.worst),
    flips: parity.flips + otherDefects,
    differing: differing.slice(0, differingNamed).map(({ name, expected, got }) => {
      return { name, expected, got: numberOrNull(got) };
    }),
    ...(deviceError ? { deviceError } : {}),
  };
}

function pairOf(
  model: Request['model'],
  { name, score, label }: Part & { score: number },
  seen: { readonly score: number | null; readonly label: string | null },
): Pair {
  const got = seen.score ?? NaN;
  const thresholds = limitsFor(limitsOf(model), label ?? seen.label);
  const isCalled = verdictOf(score, thresholds) !== 'OK';
  const isOtherDefect = isCalled && label !== null && seen.label !== null && label !== seen.label;
  return { name, expected: score, got, thresholds, isOtherDefect };
}

/** Scores that were not kept are computed by the plain library on the processor. */
async function withScores(
  path: string,
  parts: readonly Part[],
): Promise<(Part & { readonly score: number })[]> {
  let processor: Detector | null = null;
  const scored: (Part & { readonly score: number })[] = [];
  try {
    for (const part of parts) {
      if (part.score !== null) {
        scored.push({ ...part, score: part.score });
        continue;
      }
      processor ??= await aboutModel(path, () => openDetector(path));
      const image = await partImage(part.image).catch(() => null);
      if (image === null) continue;
      const { score, label } = await processor.judge(image.picture);
      scored.push({ ...part, score, label });
    }
    return scored;
  } finally {
    await processor?.close();
  }
}

function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
