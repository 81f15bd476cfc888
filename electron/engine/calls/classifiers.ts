import { basename } from 'node:path';
import type { output } from 'zod';
import { ClassifierDescription } from '../../contract/classifier.ts';
import type { ClassifierReply, EngineCalls, EngineReply, EngineRequest } from '../../contract/engine.ts';
import { KenroError } from '../../contract/errors.ts';
import { asFolderError } from '../../platform/imageFiles.ts';
import { withCard } from '../../../native-models/detectors/card.ts';
import { chooseClassifierCorrection } from '../../../native-models/detectors/chooseCorrection.ts';
import { describeClassifier } from '../../../native-models/detectors/describeClassifier.ts';
import { importClassifier } from '../../../native-models/detectors/importClassifier.ts';
import { parseLabels } from '../../../native-models/detectors/labels.ts';
import { teachClassifier, type TaughtClassifier } from '../../../native-models/detectors/teachClassifier.ts';
import { chooseReference } from '../../../native-models/evaluate/reference.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { readRegularFile, RefusedFile } from '../../../native-models/regularFile.ts';
import { contractCard, contractClasses, contractCorrection } from '../contractCard.ts';
import { correctionFor } from '../correctionFor.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel, toFailure } from '../failure.ts';
import { fileImages } from '../fileImages.ts';
import { saveModel } from '../saveModel.ts';
import type { CallContext } from '../serve.ts';

type Job<Name extends keyof EngineCalls> = output<EngineCalls[Name]['request']>;

/** What an ONNX classifier tells apart. @throws {ModelError} what `describeClassifier` throws */
export async function describeClassifierFile({
  path,
}: EngineRequest<'describeClassifier'>): Promise<EngineReply<'describeClassifier'>> {
  return ClassifierDescription.parse(await aboutModel(path, () => describeClassifier(path)));
}

/**
 * Class names in a text, CSV or JSON file, in the order of the classes.
 * @throws {KenroError} `folderMissing`, `folderForbidden`; `labelsWrong` where there are none
 */
export async function readLabels({ path }: EngineRequest<'readLabels'>): Promise<EngineReply<'readLabels'>> {
  const labels = parseLabels(readText(path));
  if (labels.length > 0) return { labels };
  throw new KenroError('labelsWrong', { found: 0, reason: basename(path) });
}

/** Of far more classes than a head could tell apart. */
const mostLabelBytes = 4_000_000;

function readText(path: string): string {
  try {
    return readRegularFile(path, mostLabelBytes).toString('utf8');
  } catch (thrown) {
    if (thrown instanceof RefusedFile) {
      throw new KenroError('labelsWrong', { found: 0, reason: thrown.message }, { cause: thrown });
    }
    throw asFolderError(thrown, path);
  }
}

/**
 * Makes a classifier on a frozen backbone and writes it to `out`, complete or not at all.
 * @throws {ModelError} what `teachClassifier` throws
 * @throws {KenroError} `diskFull`, `diskReadOnly`
 */
export async function teachClassifierFrom(
  engine: Engine,
  job: Job<'teachClassifier'>,
  context: CallContext,
): Promise<ClassifierReply> {
  const startMs = engine.clock.monotonicMs();
  const { backbone, okLabels, features, seed, costs } = job;
  const [made, correction] = await aboutModel(backbone.path, async () => {
    const options = {
      ...{ okLabels, features, seed, images: fileImages(job.images) },
      backbone: { ...backbone, model: await loadModelFile(backbone.path) },
      ...runOptions(engine, context),
    };
    const onProgress = (done: number, total: number) =>
      context.progress({ stage: 'correction', done, total });
    const record = await correctionFor(job.correction, () =>
      chooseClassifierCorrection({ ...options, onProgress }),
    );
    return [await teachClassifier({ ...options, costs, correction: record?.wish ?? null }), record] as const;
  });
  if (!correction) return finish(engine, made, job.out, startMs, context);
  const card = { ...made.card, correction };
  return finish(engine, { ...made, card, model: withCard(made.model, card) }, job.out, startMs, context);
}

/**
 * Makes a detector of an ONNX classifier and writes it to `out`, complete or not at all.
 * @throws {ModelError} what `importClassifier` throws
 * @throws {KenroError} `diskFull`, `diskReadOnly`
 */
export async function importClassifierFile(
  engine: Engine,
  job: Job<'importClassifier'>,
  context: CallContext,
): Promise<ClassifierReply> {
  const startMs = engine.clock.monotonicMs();
  const { path, name, labels, okLabels, preprocess, costs } = job;
  const made = await aboutModel(path, async () =>
    importClassifier({
      ...{ name, labels, okLabels, preprocess, costs, heldOut: fileImages(job.heldOut) },
      network: await loadModelFile(path),
      ...runOptions(engine, context),
    }),
  );
  return finish(engine, made, job.out, startMs, context);
}

function runOptions({ config }: Engine, { signal, progress }: CallContext) {
  return {
    session: sessionOptions(config),
    signal,
    onProgress: (stage: string, done: number, total: number) => progress({ stage, done, total }),
  };
}

async function finish(
  { clock }: Engine,
  { model, card, calibration, reference, skipped }: TaughtClassifier,
  out: string,
  startMs: number,
  { progress }: CallContext,
): Promise<ClassifierReply> {
  progress({ stage: 'write', done: 0, total: 1 });
  const sha256 = await saveModel(out, model);
  const { preprocess, thresholds, thresholdInterval, features, goodImages, ngImages } = contractCard(card);
  const { accuracy, crossEntropy, types } = calibration;
  return {
    path: out,
    sha256,
    ...{ preprocess, thresholds, thresholdInterval, features, goodImages, ngImages },
    classes: contractClasses(card.classes!),
    accuracy: accuracy && { ...accuracy, interval: [...accuracy.interval] },
    crossEntropy: crossEntropy && { ...crossEntropy },
    types: types.map((choice) => ({ ...choice, thresholds: choice.thresholds && { ...choice.thresholds } })),
    ...(card.mapLacks === undefined ? {} : { mapLacks: card.mapLacks }),
    ...(card.correction ? { correction: contractCorrection(card.correction) } : {}),
    reference: chooseReference(reference, thresholds.ng),
    seconds: (clock.monotonicMs() - startMs) / 1000,
    skipped: skipped.map(({ name, error }) => ({ file: name, error: toFailure(error) })),
  };
}
