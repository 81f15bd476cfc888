import type { EngineCalls, EngineReply, TeachImages } from '../../contract/engine.ts';
import { KenroError } from '../../contract/errors.ts';
import { listImages } from '../../platform/imageFiles.ts';
import type { output } from 'zod';
import { withCard } from '../../../native-models/detectors/card.ts';
import { chooseCorrection } from '../../../native-models/detectors/chooseCorrection.ts';
import { chooseReference } from '../../../native-models/evaluate/reference.ts';
import { teachAnomalyDetector } from '../../../native-models/detectors/teach.ts';
import type { ImageLoader } from '../../../native-models/detectors/teach.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { contractCorrection } from '../contractCard.ts';
import { correctionFor } from '../correctionFor.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel, toFailure } from '../failure.ts';
import { nameOf, partImage } from '../partImage.ts';
import { saveModel } from '../saveModel.ts';
import type { CallContext } from '../serve.ts';

type TeachJob = output<EngineCalls['teach']['request']>;

/**
 * Makes a detector from good parts and writes it to `out`, complete or not at all.
 * @throws {ModelError} what teaching throws
 * @throws {KenroError} `folderMissing`, `folderForbidden`, `folderEmpty`, `diskFull`, `diskReadOnly`
 */
export async function teach(
  engine: Engine,
  job: TeachJob,
  { signal, progress }: CallContext,
): Promise<EngineReply<'teach'>> {
  const startMs = engine.clock.monotonicMs();
  progress({ stage: 'collect', done: 0, total: 0 });
  const good = await imagesOf(job.good);
  const ng = job.ng && (await imagesOf(job.ng));
  const { backbone } = job;
  const model = await aboutModel(backbone.path, () => loadModelFile(backbone.path));
  const options = {
    good,
    ...(ng ? { ng } : {}),
    backbone: { model, name: backbone.name, preprocess: backbone.preprocess },
    features: job.features,
    seed: job.seed,
    session: sessionOptions(engine.config),
    signal,
  };
  const onProgress = (done: number, total: number) => progress({ stage: 'correction', done, total });
  const correction = await correctionFor(job.correction, () => chooseCorrection({ ...options, onProgress }));
  const taught = await teachAnomalyDetector({
    ...options,
    correction: correction?.wish ?? null,
    onProgress: (stage, done, total) => progress({ stage, done, total }),
  });

  progress({ stage: 'write', done: 0, total: 1 });
  const sha256 = await saveModel(
    job.out,
    correction ? withCard(taught.model, { ...taught.card, correction }) : taught.model,
  );
  const { card } = taught;
  return {
    path: job.out,
    sha256,
    preprocess: job.backbone.preprocess,
    thresholds: { ...taught.thresholds },
    thresholdInterval: [...taught.thresholdInterval],
    features: [...card.features],
    goodImages: card.goodImages,
    ngImages: card.ngImages,
    memory: card.memory,
    ...(correction ? { correction: contractCorrection(correction) } : {}),
    reference: chooseReference(taught.reference, card.thresholds.ng),
    seconds: (engine.clock.monotonicMs() - startMs) / 1000,
    skipped: taught.skipped.map(({ name, error }) => ({ file: name, error: toFailure(error) })),
  };
}

async function imagesOf(images: output<typeof TeachImages>): Promise<ImageLoader[]> {
  if (images.from === 'list') {
    return images.images.map((image) => ({
      name: nameOf(image),
      load: async () => (await partImage(image)).picture,
    }));
  }
  const paths = await listImages(images.path);
  if (paths.length === 0) throw new KenroError('folderEmpty', { path: images.path });
  return paths.map((path) => ({
    name: path,
    load: async () => (await partImage({ from: 'file', path })).picture,
  }));
}
