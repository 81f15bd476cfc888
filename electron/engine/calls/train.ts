import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { writeModel } from '../../../native-models/onnx/write.ts';
import { changedTensors, writeLayerPatch } from '../../../native-models/patches/layerPatch.ts';
import {
  prepareImageClassifier,
  trainImageClassifier,
  type ImageClassifierOptions,
  type PreparedTraining,
} from '../../../native-models/training/imageClassifier.ts';
import { parseLayerPolicy } from '../../../native-models/training/layers/policy.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel, toFailure } from '../failure.ts';
import { fileImages } from '../fileImages.ts';
import { hashModel } from '../modelHash.ts';
import { tuningOf } from '../formulationFile.ts';
import { checkRunFolder, openRunFolder } from '../runFolder.ts';
import type { CallContext } from '../serve.ts';
import { trainerSettings, trainingStretch } from '../trainingStretch.ts';

type TrainJob = output<EngineCalls['train']['request']>;

const bytesPerMb = 1024 * 1024;

/**
 * Trains a classifier in a run folder and leaves model and patch there.
 * @throws {ModelError} what preparing and training throw
 * @throws {KenroError} as `checkRunFolder` and `openRunFolder`
 */
export async function train(
  engine: Engine,
  job: TrainJob,
  { signal, progress }: CallContext,
): Promise<EngineReply<'train'>> {
  const startMs = engine.clock.monotonicMs();
  await checkRunFolder(job.out, job.resume);
  const model = await aboutModel(job.model, () => loadModelFile(job.model));
  const modelSha256 = await hashModel(job.model);
  const options: ImageClassifierOptions = {
    ...optionsOf(job),
    model,
    session: sessionOptions(engine.config),
    signal,
    onProgress: (stage, done, total) => progress({ stage, done, total }),
  };
  const prepared = await aboutModel(job.model, () => prepareImageClassifier(options));
  const facts = { modelSha256, data: prepared.snapshot, labels: prepared.labels, ...job.settings };
  const folder = await openRunFolder(job.out, facts);
  const { seconds, run } = trainingStretch(engine, folder, startMs, { signal, progress });

  const tuning = tuningOf(job.formulations, folder, engine, progress);
  const trained = await aboutModel(job.model, () =>
    trainImageClassifier(prepared, tuning ? { ...options, tuning } : options, run),
  );

  const bytes = writeModel(trained.model);
  const tensors = changedTensors(model, trained.model);
  const figures = {
    testAccuracy: trained.testAccuracy,
    validationAccuracy: trained.best.accuracy,
    bestEpoch: trained.best.epoch,
    epochs: trained.history.length,
    trainFlops: trained.flops,
    seconds: seconds(),
  };
  const patch = writeLayerPatch({
    base: modelSha256,
    classifier: { labels: prepared.labels, preprocess: job.settings.preprocess },
    tensors,
    settings: facts,
    metrics: figures,
  });
  const result = {
    model: folder.modelPath,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    patch: folder.patchPath,
    labels: [...prepared.labels],
    ...figures,
    images: sizesOf(prepared),
    parameters: [...trained.best.parameters.values()].reduce((sum, { length }) => sum + length, 0),
    skipped: prepared.skipped.map(({ name, error }) => ({ file: name, error: toFailure(error) })),
  };
  await folder.saveResult(bytes, patch, result);
  await rm(activationFolder(job.out), { recursive: true, force: true });
  return result;
}

/** What frozen layers give for each image: kept while the training may be gone on with. */
const activationFolder = (out: string) => join(out, 'activations');

function optionsOf({ images, settings, cacheMb, cacheDiskMb, out }: TrainJob) {
  const { augmentation, classWeights, seed } = settings;
  return {
    images: fileImages(images),
    preprocess: settings.preprocess,
    layers: parseLayerPolicy(settings.layers),
    settings: trainerSettings(settings),
    classWeights,
    ...(augmentation ? { augmentation } : {}),
    shares: { test: settings.testShare, validation: settings.validationShare },
    seed,
    cacheBytes: cacheMb * bytesPerMb,
    ...(cacheDiskMb > 0 ? { disk: { folder: activationFolder(out), bytes: cacheDiskMb * bytesPerMb } } : {}),
    ...(settings.stepMb === null ? {} : { stepBytes: settings.stepMb * bytesPerMb }),
  };
}

function sizesOf({ split }: PreparedTraining) {
  return {
    train: split.train.length,
    validation: split.validation.length,
    test: split.test.length,
  };
}
