import type { output } from 'zod';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { suspectsShown } from '../../contract/screening.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import { leastSeparation, type Reason } from '../../../native-models/screening/screen.ts';
import { screenImages } from '../../../native-models/screening/screenImages.ts';
import { screenedNetwork } from '../../../native-models/screening/screenedNetwork.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel, toFailure } from '../failure.ts';
import { fileImages } from '../fileImages.ts';
import { hashModel } from '../modelHash.ts';
import type { CallContext } from '../serve.ts';

type ScreenJob = output<EngineCalls['screen']['request']>;
type Reply = EngineReply<'screen'>;

/** What a plan has found is not looked for again by the run that follows. */
const lastScreened = new WeakMap<Engine, { readonly key: string; readonly reply: Reply }>();

/** Of a network without feature maps: nothing can be said, and the training is not held up by that. */
const nothing: Omit<Reply, 'seconds'> = {
  ...{ suspects: [], suspectCount: 0, images: 0, checks: [], tooFew: [], separation: null },
  ...{ isWeak: false, features: [], skipped: [] },
};

/**
 * Looks for parts of a training that seem mislabelled, tampered with or foreign.
 * @throws {ModelError} as `screenedNetwork` and `screenImages`
 */
export async function screen(engine: Engine, job: ScreenJob, context: CallContext): Promise<Reply> {
  const key = JSON.stringify({ ...job, model: await hashModel(job.model) });
  const known = lastScreened.get(engine);
  if (known?.key === key) return known.reply;
  const startMs = engine.clock.monotonicMs();
  const seconds = () => (engine.clock.monotonicMs() - startMs) / 1000;
  const { signal, progress } = context;
  const reply = await aboutModel(job.model, async (): Promise<Reply> => {
    const model = await loadModelFile(job.model);
    const own = screenedNetwork(model, job.features);
    if (!own) return { ...nothing, seconds: seconds() };
    const network = { ...own, preprocess: job.preprocess ?? own.preprocess };
    const found = await screenImages({
      ...{ images: fileImages(job.images), network, seed: job.seed },
      session: sessionOptions(engine.config),
      signal,
      onProgress: (stage, done, total) =>
        progress({ stage: stage === 'features' ? 'screenFeatures' : 'screen', done, total }),
    });
    const suspects = found.suspects.slice(0, suspectsShown).map(({ index, reasons, suspicion }) => {
      const { name, label } = found.images[index]!;
      return { path: name, label, reasons: reasons.map(reasonReply), suspicion };
    });
    return {
      suspects,
      suspectCount: found.suspects.length,
      images: found.images.length,
      checks: [...found.checks],
      tooFew: [...found.tooFew],
      separation: found.separation,
      isWeak: found.separation !== null && found.separation < leastSeparation,
      features: [...network.features],
      skipped: found.skipped.map(({ name, error }) => ({ file: name, error: toFailure(error) })),
      seconds: seconds(),
    };
  });
  lastScreened.set(engine, { key, reply });
  return reply;
}

function reasonReply(reason: Reason): Reply['suspects'][number]['reasons'][number] {
  return { ...reason };
}
