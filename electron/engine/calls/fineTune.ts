import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { output } from 'zod';
import { changedShown } from '../../contract/changedParts.ts';
import { chosenShown } from '../../contract/chosenSamples.ts';
import type { EngineCalls, EngineReply } from '../../contract/engine.ts';
import { unmetLatency } from '../../../native-models/evaluate/ceilings.ts';
import { timeInference } from '../../../native-models/evaluate/inferenceTime.ts';
import { chooseReference, type ReferenceScore } from '../../../native-models/evaluate/reference.ts';
import { siteProfile } from '../../../native-models/images/site/profile.ts';
import { loadModelFile } from '../../../native-models/onnx/files.ts';
import type { Model } from '../../../native-models/onnx/ir.ts';
import { writeModel } from '../../../native-models/onnx/write.ts';
import { changedTensors, writeLayerPatch } from '../../../native-models/patches/layerPatch.ts';
import { readClassifierCard } from '../../../native-models/training/classifierCard.ts';
import { changedParts, type ChangedPart } from '../../../native-models/training/robust/changedParts.ts';
import { fineTune as fineTuneModel } from '../../../native-models/training/robust/fineTune.ts';
import {
  prepareFineTune,
  type PreparedFineTune,
} from '../../../native-models/training/robust/prepareFineTune.ts';
import type { KpiFigures } from '../../../native-models/training/robust/kpiFigures.ts';
import type { FineTuneOptions } from '../../../native-models/training/robust/settings.ts';
import { contractLimits } from '../contractCard.ts';
import { sessionOptions, type Engine } from '../engine.ts';
import { aboutModel, toFailure } from '../failure.ts';
import { fileImages } from '../fileImages.ts';
import { tuningOf } from '../formulationFile.ts';
import { hashModel } from '../modelHash.ts';
import { checkRunFolder, openRunFolder } from '../runFolder.ts';
import { syntheticLabel } from '../../../native-models/training/robust/robustSource.ts';
import { openSelectionLog, type LoggedSample, type LoggedSelection } from '../selectionLog.ts';
import type { CallContext } from '../serve.ts';
import { trainingFacts } from '../trainingFacts.ts';
import { trainerSettings, trainingStretch } from '../trainingStretch.ts';

type PlanJob = output<EngineCalls['planFineTune']['request']>;
type FineTuneJob = output<EngineCalls['fineTune']['request']>;

const bytesPerMb = 1024 * 1024;

/** What has been read and scored for a job; a plan that is carried out is not made twice. */
interface Prepared {
  readonly key: string;
  readonly model: Model;
  readonly modelSha256: string;
  readonly prepared: PreparedFineTune;
}
const lastPrepared = new WeakMap<Engine, Prepared>();

/**
 * Says what a fine-tuning would train and what it would cost.
 * @throws {ModelError} as `prepareFineTune`
 */
export async function planFineTune(
  engine: Engine,
  job: PlanJob,
  context: CallContext,
): Promise<EngineReply<'planFineTune'>> {
  const { prepared } = await prepare(engine, job, context);
  return planReply(prepared, job);
}

/**
 * Fine-tunes a model in a run folder and leaves model and patch there.
 * @throws {ModelError} as `prepareFineTune` and `fineTune`
 * @throws {KenroError} as `checkRunFolder` and `openRunFolder`
 */
export async function fineTune(
  engine: Engine,
  job: FineTuneJob,
  context: CallContext,
): Promise<EngineReply<'fineTune'>> {
  const startMs = engine.clock.monotonicMs();
  const { signal, progress } = context;
  await checkRunFolder(job.out, job.resume);
  const { model, modelSha256, prepared } = await prepare(engine, job, context);
  const inUse = job.inUse ?? (await trainingFacts(dirname(job.model), modelSha256))?.thresholds ?? null;
  const options = { ...optionsOf(engine, model, job, context), inUse };
  const facts = { modelSha256, inUse, data: prepared.snapshot, labels: prepared.labels, ...job.settings };
  const folder = await openRunFolder(job.out, facts);
  const { seconds, run } = trainingStretch(engine, folder, startMs, { signal, progress });
  await folder.saveNotes('plan.json', planReply(prepared, job));

  const selections = await openSelectionLog(job.out, prepared.inner.samples, folder.resumed?.state ?? null);
  const tuning = tuningOf(job.formulations, folder, engine, progress);
  const tuned = await aboutModel(job.model, () =>
    fineTuneModel(prepared, options, {
      ...run,
      ...(tuning ? { tuning } : {}),
      onSelected: selections.note,
      onStart: ({ loss, figures }) =>
        progress({ stage: 'start', done: 0, total: 1, figures: { validationLoss: loss, ...figures } }),
    }),
  );

  const { pictures, sides } = prepared.inner;
  const picture = await pictures.load([...sides.test, ...sides.validation][0]!);
  const light = tuned.normalise ? { normalise: tuned.normalise } : {};
  const preprocess = { ...prepared.subject.preprocess, ...light };
  const inference = await timeInference(tuned.model, preprocess, picture, options.session);
  const tooSlow = unmetLatency(job.settings.costs, inference.p99Ms);
  const bytes = writeModel(tuned.model);
  const chosen = prepared.plan.layers.filter(({ isChosen }) => isChosen).map(({ name }) => name);
  const figures = {
    before: tuned.before && figuresOf(tuned.before),
    rethresholded: tuned.rethresholded && figuresOf(tuned.rethresholded),
    after: tuned.after && figuresOf(tuned.after),
    thresholds: tuned.thresholds && contractLimits(tuned.thresholds),
    breaches: [...tuned.breaches, ...tooSlow.map((each) => ({ ...each, on: 'computer' as const }))],
    inference: { ...inference },
    bestEpoch: tuned.best.epoch,
    epochs: tuned.history.length,
    trainFlops: tuned.flops,
    seconds: seconds(),
  };
  const classifier = readClassifierCard(model);
  const patch = writeLayerPatch({
    base: modelSha256,
    ...(classifier ? { classifier } : {}),
    ...light,
    tensors: changedTensors(model, tuned.model),
    settings: facts,
    metrics: figures,
  });
  const { before, after } = tuned;
  const changed = before && after && changedParts(before.parts, after.parts);
  if (before && after) {
    const parts = before.parts.map(({ name, label, ...was }, at) => {
      const { said, score } = after.parts[at]!;
      return { file: name, label, before: was, after: { said, score } };
    });
    await folder.saveNotes('verdicts.json', parts);
  }
  const { plan } = prepared;
  const result = {
    ...{ model: folder.modelPath, patch: folder.patchPath, ...figures, ...light },
    sha256: createHash('sha256').update(bytes).digest('hex'),
    parameters: plan.parameters,
    layers: chosen,
    changed: changed && changedReply(changed),
    ...(after ? { reference: referenceOf(after) } : {}),
    samples: tuned.history.length > job.settings.warmUpEpochs ? plan.samples.chosen : plan.samples.all,
    chosen: chosenReply(selections.latest()),
  };
  await folder.saveResult(bytes, patch, result);
  return result;
}

async function prepare(engine: Engine, job: PlanJob, context: CallContext): Promise<Prepared> {
  const modelSha256 = await hashModel(job.model);
  const { images, corrected, settings, cacheMb } = job;
  const key = JSON.stringify({ modelSha256, images, corrected, settings, cacheMb });
  const known = lastPrepared.get(engine);
  if (known?.key === key) return known;
  lastPrepared.delete(engine);
  const made = await aboutModel(job.model, async () => {
    const model = await loadModelFile(job.model);
    return { model, prepared: await prepareFineTune(optionsOf(engine, model, job, context)) };
  });
  const prepared = { key, modelSha256, ...made };
  lastPrepared.set(engine, prepared);
  return prepared;
}

function optionsOf(
  engine: Engine,
  model: Model,
  { images, corrected, settings, cacheMb }: PlanJob,
  { signal, progress }: CallContext,
): FineTuneOptions {
  const { testShare, validationShare, calibrationShare, site, ...rest } = settings;
  return {
    model,
    images: fileImages(images),
    corrected: new Set(corrected),
    settings: {
      ...rest,
      trainer: trainerSettings(settings),
      site: siteProfile(site),
      shares: { test: testShare, validation: validationShare, calibration: calibrationShare },
    },
    cacheBytes: cacheMb * bytesPerMb,
    session: sessionOptions(engine.config),
    signal,
    onProgress: (stage, done, total) => progress({ stage, done, total }),
  };
}

function planReply(
  { plan, skipped, costs }: PreparedFineTune,
  { settings }: PlanJob,
): EngineReply<'planFineTune'> {
  return {
    ...plan,
    layers: plan.layers.map((layer) => ({ ...layer, parameters: [...layer.parameters] })),
    total: costs(settings.epochs),
    claims: plan.claims && {
      ...plan.claims,
      bounds: [...plan.claims.bounds],
      missing: [...plan.claims.missing],
    },
    skipped: skipped.map(({ name, error }) => ({ file: name, error: toFailure(error) })),
  };
}

function chosenReply(selection: LoggedSelection | null): EngineReply<'fineTune'>['chosen'] {
  if (!selection?.samples) return null;
  const classes = [...Map.groupBy(selection.samples, labelOfSample)].map(([label, own]) => {
    return { label, chosen: own.filter(isChosen).length, all: own.length };
  });
  const ranked = selection.samples.filter(isChosen).sort((a, b) => (a.score ?? 0) - (b.score ?? 0));
  const parts = ranked.slice(0, chosenShown).map(({ file, label, isSynthetic, score }) => {
    return { path: file, label, isSynthetic, score };
  });
  return { epoch: selection.epoch, classes, parts };
}

const isChosen = ({ weight }: LoggedSample) => weight > 0;
const labelOfSample = ({ label, isSynthetic }: LoggedSample) => (isSynthetic ? syntheticLabel : label);

function changedReply(changed: readonly ChangedPart[]) {
  const kinds = [...Map.groupBy(changed, ({ kind }) => kind)];
  return {
    counts: Object.fromEntries(kinds.map(([kind, parts]) => [kind, parts.length])),
    parts: changed.slice(0, changedShown).map(({ name, ...part }) => ({ path: name, ...part })),
  };
}

/** Of the test side, undisturbed. */
function referenceOf({ parts, thresholds }: KpiFigures): ReferenceScore[] {
  const scored = parts.flatMap(({ name, score }) => (score === null ? [] : [{ name, score, label: null }]));
  return thresholds ? chooseReference(scored, thresholds.ng) : [];
}

function figuresOf({ clean, site, robust, cost, costInterval, thresholds, claims, ...rates }: KpiFigures) {
  const { falseAlarmRate, escapeRate } = rates;
  return {
    ...{ clean, site, robust, cost, falseAlarmRate, escapeRate },
    costInterval: costInterval && ([...costInterval] as [number, number]),
    thresholds: thresholds && contractLimits(thresholds),
    claims: [...claims],
  };
}
