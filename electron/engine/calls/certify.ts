import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { KenroError } from '../../contract/errors.ts';
import { wilsonRate } from '../../../native-models/evaluate/rates.ts';
import { subjectOf } from '../../../native-models/evaluate/subject.ts';
import { readImageFile } from '../../../native-models/images/decode.ts';
import { pictureSeed } from '../../../native-models/images/picture.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { certifiedAccuracy as accuracyAt } from '../../../native-models/smoothing/certifiedAccuracy.ts';
import { SmoothedClassifier } from '../../../native-models/smoothing/smoothedClassifier.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel } from '../failure.ts';
import { modelCache } from '../modelCache.ts';
import { hashModel } from '../modelHash.ts';
import type { CallContext } from '../serve.ts';

type Request<Name extends 'classNames' | 'certify' | 'certifiedAccuracy'> = output<
  EngineCalls[Name]['request']
>;

/** A part is looked at by one model; a comparison takes two in turn. */
const openModels = 2;

/** @throws {ModelError} as `subjectOf` and its `classOf` */
export async function classNames({
  model,
  images,
}: Request<'classNames'>): Promise<EngineReply<'classNames'>> {
  const sha256 = await hashModel(model);
  const { labels, classOf } = await aboutModel(model, async () => subjectOf(await loadModelFile(model)));
  const meant = images.map(({ path, label }) => labels[classOf({ name: path, label })]!);
  return { sha256, classes: [...labels], meant };
}

/** @throws {ModelError} as `SmoothedClassifier`, and where the image cannot be read */
export async function certify(
  engine: Engine,
  { model, image, settings, seed }: Request<'certify'>,
  { signal, progress }: CallContext,
): Promise<EngineReply<'certify'>> {
  const { picture } = await readImageFile(image);
  engine.smoothed ??= modelCache(openModels, async (path) => {
    return new SmoothedClassifier(await loadModelFile(path), sessionOptions(engine.config));
  });
  const { smoothed } = engine;
  const total = settings.n0 + settings.n;
  return aboutModel(model.path, () =>
    smoothed.use(model, async (classifier) => {
      const certificate = await classifier.certify(picture, settings, {
        seed: pictureSeed(picture, seed),
        signal,
        onLooks: (done) => progress({ stage: 'looks', done, total }),
      });
      const { predicted } = certificate;
      return { ...certificate, predicted: predicted === null ? null : classifier.labels[predicted]! };
    }),
  );
}

/** @throws {KenroError} `badRequest` without outcomes */
export function certifiedAccuracy({
  outcomes,
  radii,
}: Request<'certifiedAccuracy'>): EngineReply<'certifiedAccuracy'> {
  const abstained = wilsonRate(outcomes.filter((each) => each.abstained).length, outcomes.length);
  if (!abstained) throw new KenroError('badRequest', { call: 'certifiedAccuracy', reason: 'no outcomes' });
  return { accuracies: radii.map((radius) => accuracyAt(outcomes, radius)!), abstained };
}
