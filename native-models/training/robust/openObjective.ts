import type { AttackedModel } from '../../attacks/victim.ts';
import { patchOutput } from '../../detectors/anomalyGraph.ts';
import { corrupt } from '../../images/corruptions/index.ts';
import type { Picture } from '../../images/picture.ts';
import { conditionName, sampleDisturbance, type SiteProfile } from '../../images/site/profile.ts';
import { hash32, type Random } from '../../random.ts';
import type { Model } from '../../onnx/ir.ts';
import { ActivationCache } from '../activationCache.ts';
import { plainLoss } from '../classifierStep.ts';
import { extractSubgraph } from '../../onnx/passes/extractSubgraph.ts';
import { countModel } from '../../onnx/count.ts';
import { cutBelowTrained } from '../cutModel.ts';
import type { Objective } from '../objective.ts';
import { fastObjective, pgdObjective } from '../objectives/adversarial.ts';
import { consistencyObjective, withTargets } from '../objectives/consistency.ts';
import { featureObjective } from '../objectives/features.ts';
import { freeObjective } from '../objectives/free.ts';
import { noiseObjective } from '../objectives/noise.ts';
import { tradesObjective } from '../objectives/trades.ts';
import type { SampleSource } from '../sampleSource.ts';
import type { Blame } from './blame.ts';
import { robustSource, type PictureCache, type RobustSample } from './robustSource.ts';
import type { FineTuneOptions, FineTuneSettings } from './settings.ts';

export interface OpenedObjective {
  readonly objective: Objective;
  /** What trains, from what `source` feeds to the logits. */
  readonly model: Model;
  /** Output of it that the loss is taken of. */
  readonly output: string;
  readonly source: SampleSource;
  /** Whole images as the site shows them. */
  readonly site: SampleSource;
  /** Takes in where the cost of the last validation came from: disturbances that cost most come more often. */
  blame(blame: Blame): void;
  dispose(): Promise<void>;
}

/** Makes an objective ready: what it trains, from which samples. @param freed with the trained initializers free */
export async function openObjective(
  freed: AttackedModel,
  { samples, pictures }: { readonly samples: readonly RobustSample[]; readonly pictures: PictureCache },
  { settings, session, cacheBytes }: FineTuneOptions,
): Promise<OpenedObjective> {
  const { objective: name, seed, withSite } = settings;
  const base = { input: freed.input, frame: freed, seed };
  let mix = settings.site;
  const disturb = siteDisturbance(() => mix);
  const blame = ({ disturbances }: Blame) => {
    mix = reweighed(settings.site, disturbances);
  };
  const site = robustSource(samples, pictures, { ...base, disturb });
  if (name === 'features')
    return openFeatures(freed, samples, pictures, { settings, session, cacheBytes }, { site, blame });
  if (name === 'consistency')
    return openConsistency(
      freed,
      robustSource(samples, pictures, base),
      { settings, session },
      { site, blame },
    );
  const isDisturbed = name === 'corruptions' || withSite;
  const source = isDisturbed ? site : robustSource(samples, pictures, base);
  const objective = objectiveOf(freed, settings, session);
  const { model, logits: output } = freed;
  return { objective, model, output, source, site, blame, dispose: () => objective.dispose() };
}

function objectiveOf(
  freed: AttackedModel,
  settings: FineTuneSettings,
  session: FineTuneOptions['session'],
): Objective {
  const { norm, epsilon, attackSteps: steps, beta, replays, sigma } = settings;
  switch (settings.objective) {
    case 'pgd':
      return pgdObjective(freed, { norm, epsilon, steps }, session);
    case 'trades':
      return tradesObjective(freed, { norm, epsilon, steps, beta }, session);
    case 'fast':
      return fastObjective(freed, { norm, epsilon }, session);
    case 'free':
      return freeObjective(freed, { norm, epsilon, replays });
    case 'noise':
      return noiseObjective(freed.input, sigma);
    default:
      return undisturbed;
  }
}

/** What the source gives is trained on as it is. */
const undisturbed: Objective = {
  copies: 1,
  replays: 1,
  absorbs: null,
  loss: plainLoss,
  disturb: ({ feeds }) => Promise.resolve(feeds),
  flops: () => 0,
  dispose: () => Promise.resolve(),
};

/** Of an anomaly detector its patches stay, which its memory is made of; of a classifier its logits. */
async function openConsistency(
  freed: AttackedModel,
  plain: SampleSource,
  { settings, session }: Pick<FineTuneOptions, 'settings' | 'session'>,
  { site, blame }: Pick<OpenedObjective, 'site' | 'blame'>,
): Promise<OpenedObjective> {
  const { norm, epsilon, replays } = settings;
  const hasPatches = freed.model.graph.nodes.some(({ outputs }) => outputs.includes(patchOutput));
  const output = hasPatches ? patchOutput : freed.logits;
  const model = extractSubgraph(freed.model, [output]);
  const objective = consistencyObjective(freed, { norm, epsilon, replays });
  const source = await withTargets(model, { ...freed, output }, { shown: site, plain }, session);
  return { objective, model, output, source, site, blame, dispose: () => source.dispose() };
}

/** Frozen layers run once for each sample, which therefore comes undisturbed; what they give is disturbed instead. */
async function openFeatures(
  freed: AttackedModel,
  samples: readonly RobustSample[],
  pictures: PictureCache,
  { settings, session, cacheBytes }: Pick<FineTuneOptions, 'settings' | 'session' | 'cacheBytes'>,
  { site, blame }: Pick<OpenedObjective, 'site' | 'blame'>,
): Promise<OpenedObjective> {
  const { input, shape, logits, classes, parameters = [] } = freed;
  const cut = cutBelowTrained(freed.model, parameters, [logits]);
  const objective = await featureObjective(
    {
      ...{ logits, classes, parameters },
      model: cut.remainder,
      inputs: cut.cut,
      share: settings.featureShare,
    },
    session,
  );
  const plain = robustSource(samples, pictures, { input, frame: freed, seed: settings.seed });
  if (cut.frozen.graph.nodes.length === 0) {
    const { model } = freed;
    return {
      ...{ objective, model, output: logits, source: plain, site, blame },
      dispose: () => objective.dispose(),
    };
  }
  const cache = await ActivationCache.open(cut, {
    memoryBytes: cacheBytes,
    preprocessing: 'pixels',
    session,
  });
  const flopsPerImage = countModel(cut.frozen, { [input]: [1, ...shape] }).flops;
  let computed = 0;
  const source: SampleSource = {
    batch: (indices) =>
      cache.batch(
        indices.map((index) => {
          const { image, isSynthetic } = samples[index]!;
          return {
            sha256: `${image.sha256}${isSynthetic ? ' synthetic' : ''}`,
            load: async () => {
              computed += 1;
              return (await plain.batch([index], null))[input]!;
            },
          };
        }),
      ),
    flops: () => computed * flopsPerImage,
  };
  return {
    ...{ objective, output: logits, source, site, blame },
    model: cut.remainder,
    async dispose() {
      await objective.dispose();
      await cache.dispose();
    },
  };
}

/** What the site does to a picture. */
export function siteDisturbance(site: () => SiteProfile) {
  return async (picture: Picture, random: Random): Promise<Picture> => {
    const disturbance = sampleDisturbance(site(), random.fork('which'));
    if (!disturbance) return picture;
    const seed = hash32(String(random.fork('seed').uniform()));
    return corrupt(picture, disturbance.corruption, disturbance.severity, seed);
  };
}

/** A mix whose disturbances come by these factors more or less often, the share of undisturbed parts unchanged. */
function reweighed(site: SiteProfile, factors: Readonly<Record<string, number>>): SiteProfile {
  const raised = site.map(({ disturbance, weight }) => {
    return {
      disturbance,
      weight: disturbance ? weight * (factors[conditionName(disturbance)] ?? 1) : weight,
    };
  });
  const share = (profile: SiteProfile) =>
    profile.reduce((sum, { disturbance, weight }) => sum + (disturbance ? weight : 0), 0);
  const scale = share(raised) > 0 ? share(site) / share(raised) : 1;
  return raised.map((each) => (each.disturbance ? { ...each, weight: each.weight * scale } : each));
}
