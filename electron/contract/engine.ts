import { z } from 'zod';
import {
  AnomalyMap,
  Classes,
  Disturbances,
  DemoPart,
  FilePath,
  Interval,
  NetworkDescription,
  Preprocess,
  Sha256,
} from './domain.ts';
import { ChangedParts } from './changedParts.ts';
import { ChosenSamples } from './chosenSamples.ts';
import { ClassifierDescription } from './classifier.ts';
import { DriftJob, DriftJobReply, PictureFigures } from './drift.ts';
import { CorrectionRecord, CorrectionRequest } from './correction.ts';
import { Costs } from './costs.ts';
import { ErrorInfo } from './errors.ts';
import {
  Claim,
  CompareCostsJob,
  CompareLayersJob,
  CostComparison,
  EvaluateJob,
  EvaluateReply,
  LabelledImage,
  LayerChange,
  Rate,
  UnmetCeiling,
} from './evaluation.ts';
import { Payback, PaybackJob } from './roi.ts';
import { LineRates, LineRatesJob } from './lineRates.ts';
import { RecordFigures, WeighJob } from './operating.ts';
import { DifferingPart } from './parity.ts';
import { BackdoorProbe, mostProbed } from './probe.ts';
import { WeighRolloutJob, WeighRolloutReply } from './rolloutEvidence.ts';
import { Precision, ProviderMeasurement, ProviderName, ProviderWish } from './providers.ts';
import { ScreenJob, Screening } from './screening.ts';
import { ConditionName, SiteWeights } from './site.ts';
import {
  Certificate,
  CertifiedOutcome,
  PartCertificate,
  ProductSmoothing,
  SmoothingSettings,
} from './smoothing.ts';
import { Limits, Thresholds, ThresholdsByLabel, TypeChoice, Verdict } from './verdict.ts';

/**
 * What the host process and an engine process say to each other. Calls are numbered; a reply carries the
 * number of its call; a long call may report progress and be cancelled. Byte arrays cross as Uint8Array.
 */

const Bytes: z.ZodType<Uint8Array, Uint8Array> = z.instanceof(Uint8Array);

/** Where the picture of a part comes from. `demo` is drawn by the engine itself from its seed. */
export const ImageSource = z.discriminatedUnion('from', [
  z.object({ from: z.literal('file'), path: FilePath }),
  z.object({ from: z.literal('bytes'), bytes: Bytes }),
  z.object({
    from: z.literal('demo'),
    part: DemoPart,
    seed: z.number().int().nonnegative(),
    /** Part number on the line: the picture is a pure function of (part, seed, index, defectRate, disturbances). */
    index: z.number().int().nonnegative(),
    defectRate: z.number().min(0).max(1),
    disturbances: Disturbances,
  }),
]);
export type ImageSource = z.infer<typeof ImageSource>;

export const JudgeRequest = z.object({
  /** The host's own key for this part; names it in the live ring of pictures. */
  key: z.string(),
  image: ImageSource,
  /** `null`: no model yet; the picture is decoded, hashed and kept, and nothing is scored. */
  model: z
    .object({
      path: FilePath,
      sha256: Sha256,
      thresholds: Thresholds,
      thresholdsByLabel: ThresholdsByLabel.optional(),
    })
    .nullable(),
  /** Keep the picture under `imagesDir`: every one, or only those that are not OK. */
  keep: z.enum(['always', 'notOk']),
  /** Absent: one look decides. */
  smoothing: ProductSmoothing.optional(),
  /** Figures of the picture are wanted, to watch for drift. */
  measures: z.boolean().optional(),
  /** The part was judged under this key before: its picture is taken from the live ring while it is there. */
  again: z.boolean().optional(),
});
export type JudgeRequest = z.infer<typeof JudgeRequest>;

/** How a part's verdict stood up to noisy looks. */
export const Smoothed = z.object({
  /** `null`: one look has decided, or the others have failed. */
  certificate: PartCertificate.nullable(),
  /** Why they have. */
  error: ErrorInfo.nullable(),
  smoothMs: z.number().nonnegative(),
});
export type Smoothed = z.infer<typeof Smoothed>;

/**
 * A part that cannot be judged still gets an answer: `error` says why, the verdict is REVIEW and `score` is
 * `null`. With a score, `error` says only why its picture could not be kept; the verdict stands.
 */
export const JudgeReply = z.object({
  verdict: Verdict,
  score: z.number().nullable(),
  /** By a classifier: the likeliest defect type, whatever the verdict. */
  label: z.string().nullable(),
  map: AnomalyMap.nullable(),
  imageHash: Sha256.nullable(),
  imageKept: z.boolean(),
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
  decodeMs: z.number().nonnegative(),
  inferMs: z.number().nonnegative(),
  error: ErrorInfo.nullable(),
  /** Why the processor had to score this part in place of the device that should have. */
  deviceError: ErrorInfo.optional(),
  /** Of a part that was scored where noisy looks are allowed. */
  smoothing: Smoothed.optional(),
  /** Where they were wanted. */
  figures: PictureFigures.optional(),
  /** With the figures: how the network sees the picture; `null` where it does not tell. */
  embedding: z.array(z.number()).nullable().optional(),
});
export type JudgeReply = z.infer<typeof JudgeReply>;

/** The reply for a part that could not be judged: fail safe, a review that says why. */
export function unjudged(error: ErrorInfo, decodeMs = 0): JudgeReply {
  return {
    verdict: 'REVIEW',
    score: null,
    label: null,
    map: null,
    imageHash: null,
    imageKept: false,
    width: null,
    height: null,
    decodeMs,
    inferMs: 0,
    error,
  };
}

/** What the computation that made a model gave for a part it had not learned from. */
export const ReferenceScore = z.object({ name: z.string(), score: z.number(), label: z.string().nullable() });
export type ReferenceScore = z.infer<typeof ReferenceScore>;

/** A picture to be judged as parts are, and what it was before. */
export const ReferencePart = z.object({
  name: z.string(),
  image: ImageSource,
  /** `null`: not known; the processor says, by the plain library. */
  score: z.number().nullable(),
  label: z.string().nullable(),
});
export type ReferencePart = z.infer<typeof ReferencePart>;

export const TeachImages = z.discriminatedUnion('from', [
  z.object({ from: z.literal('folder'), path: FilePath }),
  z.object({ from: z.literal('list'), images: z.array(ImageSource).max(100_000) }),
]);

export const TeachJob = z.object({
  good: TeachImages,
  ng: TeachImages.nullable(),
  backbone: z.object({ path: FilePath, name: z.string(), preprocess: Preprocess }),
  features: z.array(z.string()).min(1),
  seed: z.number().int().nonnegative(),
  /** Of position and light; `null` = none. */
  correction: CorrectionRequest.nullable().default(null),
  /** Where the detector is written (atomically); its hash is in the reply. */
  out: FilePath,
});
export type TeachJob = z.infer<typeof TeachJob>;

export const TeachReply = z.object({
  path: FilePath,
  sha256: Sha256,
  preprocess: Preprocess,
  thresholds: Thresholds,
  thresholdInterval: Interval.nullable(),
  features: z.array(z.string()),
  goodImages: z.number().int(),
  ngImages: z.number().int(),
  memory: z.number().int(),
  correction: CorrectionRecord.optional(),
  reference: z.array(ReferenceScore).optional(),
  seconds: z.number(),
  skipped: z.array(z.object({ file: z.string(), error: ErrorInfo })),
});
export type TeachReply = z.infer<typeof TeachReply>;

export const AttackJob = z.object({
  model: FilePath,
  images: z.array(LabelledImage).min(1),
  attack: z.string(),
  /** What it is to change: the class, or the verdict at the model's thresholds. */
  criterion: z.enum(['class', 'verdict']).default('class'),
  norm: z.enum(['linf', 'l2']),
  epsilon: z.number().positive(),
  /** `null`: the attack's own number. */
  steps: z.number().int().positive().nullable(),
  batch: z.number().int().min(1).max(4096),
  seed: z.number().int().nonnegative(),
  /** Folder for the attacked images, as PNG at the network's size. */
  saveDir: FilePath.nullable(),
});
export const AttackReply = z.object({
  images: z.array(
    z.object({
      path: FilePath,
      label: z.string(),
      /** Class before and after. */
      before: z.string(),
      after: z.string(),
      /** Margin max_{j≠y} z_j − z_y of the worst image found; 0 and above is misjudged. */
      loss: z.number(),
      /** Size of the change, in the norm. */
      distance: z.number(),
      saved: FilePath.nullable(),
    }),
  ),
  cleanAccuracy: Rate,
  robustAccuracy: Rate,
  flops: z.number(),
  seconds: z.number(),
});

/** An image with its truth, for training. */
export const TrainingImage = z.object({
  path: FilePath,
  /** Name of its class. */
  label: z.string().min(1),
  /** `null`: not said. Where no image says, the engine deals them by a seeded split. */
  split: z.enum(['train', 'test']).nullable(),
  /** Images of one group stay on one side of every split. */
  group: z.string().nullable(),
  /** What it counts in the loss; 0 = not trained on. */
  weight: z.number().min(0),
});

const Share = z.number().min(0).max(0.9);

/** How weights are updated, in every kind of training. */
const updates = {
  epochs: z.number().int().min(1).max(100_000),
  batch: z.number().int().min(1).max(65_536),
  /** Images computed at one time, their gradients added up; `null`: the whole batch. */
  microBatch: z.number().int().min(1).max(65_536).nullable(),
  optimizer: z.enum(['sgd', 'adamw']),
  learningRate: z.number().positive().max(1000),
  schedule: z.enum(['constant', 'cosine', 'linear']),
  /** Share of all steps over which the rate climbs. */
  warmUp: Share,
  /** Of `sgd`. */
  momentum: z.number().min(0).max(1),
  weightDecay: z.number().min(0).max(10),
  /** Global norm of the gradients at most; `null`: no clipping. */
  clipNorm: z.number().positive().nullable(),
  /** Decay of the moving average of the weights; `null`: none. */
  averageDecay: z.number().min(0).max(1).nullable(),
  labelSmoothing: Share,
  /** Ends after so many epochs without a better one; `null`: never. */
  patience: z.number().int().min(1).nullable(),
  testShare: Share,
  /** Of the training side. */
  validationShare: Share,
  seed: z.number().int().min(0).max(0xffff_ffff),
};
export const UpdateSettings = z.object(updates);
export type UpdateSettings = z.infer<typeof UpdateSettings>;

/** What decides the outcome of a training, beside model and images; kept with it, and equal when it is resumed. */
export const TrainSettings = z.object({
  ...updates,
  preprocess: Preprocess,
  /** `all`, `head`, `first-block`, `last-k:K`, `random:F`, `lora:R`, or names and patterns separated by commas. */
  layers: z.string().min(1),
  /** Most memory a step may hold; batches are computed in parts that fit. `null`: no limit. */
  stepMb: z.number().int().min(1).nullable(),
  classWeights: z.enum(['none', 'balanced']),
  augmentation: z
    .object({ flip: z.boolean(), shift: z.number().min(0).max(0.5), light: z.number().min(0).max(0.9) })
    .nullable(),
});
export type TrainSettings = z.infer<typeof TrainSettings>;

export const TrainJob = z.object({
  model: FilePath,
  images: z.array(TrainingImage).min(1).max(1_000_000),
  settings: TrainSettings,
  /** Memory for images that are read again and again. */
  cacheMb: z.number().int().min(0).max(1_000_000),
  /** Disk, in the folder of the run until it ends, for what frozen layers give when it does not fit into memory. */
  cacheDiskMb: z.number().int().min(0).max(1_000_000),
  /** Folder of the run: settings, metrics, checkpoint, and in the end model and patch. */
  out: FilePath,
  /** Where this computer keeps which formulations of gradients are its fastest; `null` = the usual ones, unmeasured. */
  formulations: FilePath.nullable(),
  /** Go on from the checkpoint in `out`; without it a folder that holds one is refused. */
  resume: z.boolean(),
});
export type TrainJob = z.infer<typeof TrainJob>;

export const TrainReply = z.object({
  model: FilePath,
  sha256: Sha256,
  patch: FilePath,
  labels: z.array(z.string()),
  /** On the test side; `null` when there is none. */
  testAccuracy: Rate.nullable(),
  /** Of the epoch whose weights were kept. */
  validationAccuracy: z.number(),
  bestEpoch: z.number().int(),
  epochs: z.number().int(),
  images: z.object({ train: z.number().int(), validation: z.number().int(), test: z.number().int() }),
  /** Elements of the trained tensors. */
  parameters: z.number().int(),
  trainFlops: z.number(),
  /** Of all stretches, where it was resumed. */
  seconds: z.number(),
  skipped: z.array(z.object({ file: z.string(), error: ErrorInfo })),
});
export type TrainReply = z.infer<typeof TrainReply>;

/** A classifier on a frozen backbone, from classified images. */
export const TeachClassifierJob = z.object({
  images: z.array(TrainingImage).min(1).max(1_000_000),
  okLabels: z.array(z.string()).min(1),
  backbone: z.object({ path: FilePath, name: z.string(), preprocess: Preprocess }),
  features: z.array(z.string()).min(1),
  seed: z.number().int().min(0).max(0xffff_ffff),
  /** Thresholds of single defect types are chosen by them; `null` = none are. */
  costs: Costs.nullable().default(null),
  /** Of position and light; `null` = none. */
  correction: CorrectionRequest.nullable().default(null),
  /** Where the detector is written (atomically); its hash is in the reply. */
  out: FilePath,
});
export type TeachClassifierJob = z.infer<typeof TeachClassifierJob>;

/** A detector of somebody's classifier. */
export const ImportClassifierJob = z.object({
  path: FilePath,
  /** On the record. */
  name: z.string(),
  labels: z.array(z.string()).min(1).max(100_000),
  okLabels: z.array(z.string()),
  preprocess: Preprocess,
  /** Images it has not learned from, for temperature and thresholds; may be none. */
  heldOut: z.array(TrainingImage).max(1_000_000),
  costs: Costs.nullable().default(null),
  out: FilePath,
});
export type ImportClassifierJob = z.infer<typeof ImportClassifierJob>;

export const ClassifierReply = z.object({
  path: FilePath,
  sha256: Sha256,
  preprocess: Preprocess,
  thresholds: Thresholds,
  thresholdInterval: Interval.nullable(),
  classes: Classes,
  features: z.array(z.string()),
  goodImages: z.number().int(),
  ngImages: z.number().int(),
  /** Of the parts held back; `null` without any. */
  accuracy: Rate.nullable(),
  /** Mean cross-entropy of theirs in nats, before and after the temperature was chosen. */
  crossEntropy: z.object({ before: z.number(), after: z.number() }).nullable(),
  types: z.array(TypeChoice).default([]),
  mapLacks: z.string().optional(),
  correction: CorrectionRecord.optional(),
  reference: z.array(ReferenceScore).optional(),
  seconds: z.number(),
  skipped: z.array(z.object({ file: z.string(), error: ErrorInfo })),
});
export type ClassifierReply = z.infer<typeof ClassifierReply>;

/** Estimates what disturbs a line from pictures of its good parts, in the order they were taken. */
export const SiteJob = z.object({
  images: z.array(FilePath).min(1).max(1_000_000),
  seed: z.number().int().min(0).max(0xffff_ffff),
});
export const SiteReply = z.object({
  weights: SiteWeights,
  measures: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      median: z.number(),
      /** 5th and 95th percentile. */
      range: z.tuple([z.number(), z.number()]),
      /** Share of the variance that is slower than from picture to picture. */
      drift: z.number(),
    }),
  ),
  /** What was found, heaviest first; `measured` and `level` in the unit of `measure`. */
  matches: z.array(
    z.object({
      condition: z.string(),
      weight: z.number(),
      images: z.number().int(),
      measure: z.string().nullable(),
      level: z.number().nullable(),
      measured: z.number().nullable(),
    }),
  ),
  images: z.number().int(),
  skipped: z.array(z.object({ file: z.string(), error: ErrorInfo })),
  seconds: z.number(),
});
export type SiteReply = z.infer<typeof SiteReply>;

export const fineTuneObjectives = [
  ...(['plain', 'pgd', 'trades', 'fast', 'free', 'corruptions', 'noise', 'features'] as const),
  ...(['consistency', 'memory'] as const),
] as const;

/** What a model is fine-tuned to withstand, by which samples and layers; see native-models/training/robust/settings.ts. */
export const FineTuneSettings = z.object({
  ...updates,
  objective: z.enum(fineTuneObjectives),
  norm: z.enum(['linf', 'l2']),
  /** Radius of attacks, of pixel values in [0, 1]. */
  epsilon: z.number().positive().max(1000),
  attackSteps: z.number().int().min(1).max(1000),
  beta: z.number().min(0).max(1000),
  replays: z.number().int().min(1).max(100),
  sigma: z.number().positive().max(10),
  featureShare: z.number().positive().max(10),
  /** Train on the site's disturbances too where the objective is an attack. */
  withSite: z.boolean(),
  /** Look at the test side under attack too where the objective is none. */
  testAttack: z.boolean(),
  /** `auto`, `recover-clean`, or as in `TrainSettings`. */
  layers: z.string().min(1),
  /** Of `auto`: FLOPs of a step as a share of those of a step that trains everything. */
  budget: z.number().positive().max(1),
  samples: z.enum(['all', 'margin', 'gradmatch', 'easy', 'random']),
  /** Of the samples that train in an epoch. */
  fraction: z.number().positive().max(1),
  warmUpEpochs: z.number().int().min(0).max(100_000),
  reselectEvery: z.number().int().min(1).max(100_000),
  /** Raise after each epoch the weights of what costs most. */
  reweigh: z.boolean(),
  calibrationShare: Share,
  costs: Costs,
  site: SiteWeights,
});
export type FineTuneSettings = z.infer<typeof FineTuneSettings>;

export const FineTuneJob = z.object({
  model: FilePath,
  images: z.array(TrainingImage).min(1).max(1_000_000),
  /** Of them: those whose verdict a human corrected. They train in every round. */
  corrected: z.array(FilePath),
  /** That the model is judged by on the line; `null`: those of its card, or that its training chose. */
  inUse: Limits.nullable().default(null),
  settings: FineTuneSettings,
  cacheMb: z.number().int().min(0).max(1_000_000),
});
export type FineTuneJob = z.infer<typeof FineTuneJob>;

/** What will be trained, known before any compute is spent on training. */
export const FineTunePlan = z.object({
  layers: z.array(
    z.object({
      name: z.string(),
      parameters: z.array(z.string()),
      size: z.number().int(),
      relativeGradient: z.number(),
      criticality: z.number(),
      aloneFlops: z.number(),
      ownFlops: z.number(),
      isChosen: z.boolean(),
    }),
  ),
  /** Elements that train. */
  parameters: z.number().int(),
  samples: z.object({ all: z.number().int(), chosen: z.number().int() }),
  /** Epochs, or memories that are tried; absent in plans of earlier versions. */
  rounds: z.number().int().positive().optional(),
  /** Of one image: forward pass, step of this plan, step that trains the cheapest module, step that trains everything. */
  flops: z.object({ forward: z.number(), step: z.number(), least: z.number(), whole: z.number() }),
  /**
   * Of the whole training, estimated, what of it goes into validation, and the whole of one that attacks every sample
   * and trains everything (PGD-10).
   */
  total: z.object({
    flops: z.number(),
    validationFlops: z.number(),
    wholeFlops: z.number(),
    seconds: z.number(),
  }),
  images: z.object({
    train: z.number().int(),
    validation: z.number().int(),
    calibration: z.number().int(),
    test: z.number().int(),
  }),
  /**
   * What the thresholds will be able to show (see native-models/evaluate/plannedClaims.ts); `null` without a class that
   * means OK.
   */
  claims: z
    .object({
      /** `ok`: good parts; `ng`: defective ones. */
      bounds: z.array(z.object({ label: z.enum(['ok', 'ng']), parts: z.number().int(), atMost: z.number() })),
      share: z.number(),
      missing: z.array(z.object({ label: z.string(), parts: z.number().int() })),
    })
    .nullable(),
  skipped: z.array(z.object({ file: z.string(), error: ErrorInfo })),
});
export type FineTunePlan = z.infer<typeof FineTunePlan>;

/** A model as the plant sees it, on the test side. */
export const KpiFigures = z.object({
  /** Images judged right: undisturbed, under the site's disturbances, under PGD. */
  clean: z.number(),
  site: z.number(),
  robust: z.number().nullable(),
  /** Per 1,000 parts. Of a classifier without a class that means OK: errors per 1,000. */
  cost: z.number(),
  costInterval: Interval.nullable(),
  falseAlarmRate: z.number().nullable(),
  escapeRate: z.number().nullable(),
  thresholds: Limits.nullable(),
  claims: z.array(Claim),
});
export type KpiFigures = z.infer<typeof KpiFigures>;

/** A ceiling that a retrained model does not keep, on which images (see native-models/training/robust/kpiFigures.ts), or on this computer. */
export const Breach = UnmetCeiling.extend({ on: z.enum(['calibration', 'heldBack', 'computer']) });
export type Breach = z.infer<typeof Breach>;

export const FineTuneReply = z.object({
  model: FilePath,
  sha256: Sha256,
  patch: FilePath,
  /** The model given, at the thresholds it is in use with, and the one made; `null` without a test side. */
  before: KpiFigures.nullable(),
  /** The model given at thresholds chosen like those of the one made; `null` also where it has no others. */
  rethresholded: KpiFigures.nullable().default(null),
  after: KpiFigures.nullable(),
  /** Parts of the test side whose verdict changed; `null` without one. */
  changed: ChangedParts.nullable(),
  /** `null` where every sample trained. */
  chosen: ChosenSamples.nullable().default(null),
  /** Of the model made; `null` for a classifier without a class that means OK. */
  thresholds: Limits.nullable(),
  /** How the model made evens out the light of its pictures, where the one given does not do so. */
  normalise: Preprocess.shape.normalise.unwrap().optional(),
  /** Why the model made must not be taken without a reason; empty: it keeps every ceiling and lets no more pass than the one given. */
  breaches: z.array(Breach),
  /** Of judging one picture by itself, on this computer. */
  inference: z.object({ medianMs: z.number(), p99Ms: z.number() }),
  bestEpoch: z.number().int(),
  epochs: z.number().int(),
  trainFlops: z.number(),
  seconds: z.number(),
  parameters: z.number().int(),
  layers: z.array(z.string()),
  /** Samples that trained in the last epoch. */
  samples: z.number().int(),
  reference: z.array(ReferenceScore).optional(),
});
export type FineTuneReply = z.infer<typeof FineTuneReply>;

/** What is written into a detector's ONNX metadata, read back when the file is met again. */
export const ModelCard = z.object({
  kind: z.enum(['anomaly', 'classifier']),
  preprocess: Preprocess,
  thresholds: Thresholds,
  thresholdInterval: Interval.nullable(),
  backbone: z.string(),
  features: z.array(z.string()),
  goodImages: z.number().int(),
  ngImages: z.number().int(),
  memory: z.number().int(),
  seed: z.number().int(),
  /** Of a classifier. */
  classes: Classes.optional(),
  thresholdsByLabel: ThresholdsByLabel.optional(),
  correction: CorrectionRecord.optional(),
  mapLacks: z.string().optional(),
});
export type ModelCard = z.infer<typeof ModelCard>;

const ModelToLoad = z.object({
  path: FilePath,
  sha256: Sha256,
  /** Its network for noisy looks, too. */
  smoothed: z.boolean().optional(),
});

export const engineCalls = {
  /** First call on a new process. */
  configure: {
    request: z.object({
      imagesDir: FilePath.nullable(),
      threads: z.number().int().min(0),
      provider: ProviderWish,
      /** On a device; absent: single. */
      precision: Precision.optional(),
      /** Opened and run once before the change takes effect, so that no part waits for it. */
      models: z.array(ModelToLoad).max(100).optional(),
    }),
    reply: z.object({
      provider: z.string(),
      pid: z.number().int(),
      /** Parts judged at the same time when there are enough of them. */
      atOnce: z.number().int().positive(),
    }),
  },
  /** Execution providers that could be tried on this computer, and the version of onnxruntime. */
  providers: {
    request: z.object({}),
    reply: z.object({ offered: z.array(ProviderName), runtime: z.string() }),
  },
  /** Judges parts whose scores are known, in the lanes that judge the line's, one at a time. */
  compareParity: {
    request: z.object({
      model: z.object({
        path: FilePath,
        sha256: Sha256,
        thresholds: Thresholds,
        thresholdsByLabel: ThresholdsByLabel.optional(),
      }),
      parts: z.array(ReferencePart).min(1).max(100),
    }),
    reply: z.object({
      provider: ProviderName,
      runtime: z.string(),
      agrees: z.boolean(),
      parts: z.number().int(),
      worst: z.number().nullable(),
      flips: z.number().int(),
      differing: z.array(DifferingPart),
      /** The device has failed meanwhile: this says nothing about the processor. */
      deviceError: ErrorInfo.optional(),
    }),
  },
  /** One provider beside the processor on a detector; a device at fault may take the process with it. */
  tryProvider: {
    request: z.object({
      provider: ProviderName,
      model: z.object({ path: FilePath, sha256: Sha256 }),
      images: z.array(ImageSource).min(1).max(100),
      threads: z.number().int().min(0),
    }),
    reply: ProviderMeasurement,
  },
  /** Loads and warms up a detector so that the next `judge` does not wait for it. */
  load: {
    request: ModelToLoad,
    reply: z.object({ card: ModelCard.nullable(), warmUpMs: z.number() }),
  },
  judge: { request: JudgeRequest, reply: JudgeReply },
  /** JPEG of a part in the live ring, or `null` when it has left the ring. */
  picture: {
    request: z.object({ key: z.string(), maxSide: z.number().int().min(16).max(8192) }),
    reply: z.object({ jpeg: Bytes.nullable() }),
  },
  /** JPEG of any stored image file (for browsers that cannot show TIFF, 16 bit, …). */
  convert: {
    request: z.object({ path: FilePath, maxSide: z.number().int().min(16).max(8192) }),
    reply: z.object({ jpeg: Bytes }),
  },
  /** JPEG of an image as an evaluation of this seed saw it under a condition. */
  conditionPicture: {
    request: z.object({
      path: FilePath,
      condition: ConditionName,
      seed: z.number().int().nonnegative(),
      maxSide: z.number().int().min(16).max(8192),
    }),
    reply: z.object({ jpeg: Bytes }),
  },
  /** Shows what noisy looks at a part see; no pictures where its own is gone. */
  noisyPicture: {
    request: z.object({
      /** In the live ring. */
      key: z.string(),
      /** Where it was kept. */
      path: FilePath.nullable(),
      preprocess: Preprocess,
      smoothing: ProductSmoothing,
    }),
    reply: z.object({
      /** JPEGs at the network's size, without noise and under that of the first noisy look. */
      pictures: z.object({ plain: Bytes, noisy: Bytes }).nullable(),
      /** As in `NoisePreview`. */
      fewestLooks: z.number().int().nullable(),
    }),
  },
  /** Writes a disturbed copy of an image file as PNG. */
  corrupt: {
    request: z.object({
      path: FilePath,
      /** Of the corruption suite. */
      name: z.string(),
      severity: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)]),
      seed: z.number().int().min(0).max(0xffff_ffff),
      out: FilePath,
    }),
    reply: z.object({ width: z.number().int(), height: z.number().int() }),
  },
  teach: { request: TeachJob, reply: TeachReply },
  teachClassifier: { request: TeachClassifierJob, reply: ClassifierReply },
  /** Looks for parts of a training that seem mislabelled, tampered with or foreign. */
  screen: { request: ScreenJob, reply: Screening },
  /** Looks for a backdoor in a detector, and writes pictures of the triggers into `out`. */
  probe: {
    request: z.object({
      model: FilePath,
      /** Parts of the product, good and defective ones. */
      images: z.array(FilePath).min(1).max(mostProbed),
      /** Networks that detectors are taught on here, to compare with. */
      backbones: z.array(z.object({ path: FilePath, name: z.string() })),
      seed: z.number().int().min(0),
      budgetSeconds: z.number().positive(),
      /** Folder for pictures of the triggers; `null` = none are wanted. */
      out: FilePath.nullable(),
    }),
    reply: BackdoorProbe.extend({
      /** Pictures that could not be read. */
      skipped: z.array(z.object({ file: z.string(), error: ErrorInfo })),
    }),
  },
  importClassifier: { request: ImportClassifierJob, reply: ClassifierReply },
  describeClassifier: { request: z.object({ path: FilePath }), reply: ClassifierDescription },
  /** Class names in a text, CSV or JSON file. */
  readLabels: {
    request: z.object({ path: FilePath }),
    reply: z.object({ labels: z.array(z.string()).min(1) }),
  },
  train: { request: TrainJob, reply: TrainReply },
  /** Reads images, scores layers and says what `fineTune` with the same job would train. */
  planFineTune: { request: FineTuneJob, reply: FineTunePlan },
  fineTune: {
    request: FineTuneJob.extend({
      /** Folder of the run, as in `TrainJob`. */
      out: FilePath,
      /** As in `TrainJob`. */
      formulations: FilePath.nullable().default(null),
      resume: z.boolean(),
    }),
    reply: FineTuneReply,
  },
  /** Holds the trainings of this process before their next step, or lets them go on. */
  pauseTraining: { request: z.object({ paused: z.boolean() }), reply: z.object({ paused: z.boolean() }) },
  estimateSite: { request: SiteJob, reply: SiteReply },
  applyPatch: {
    request: z.object({ patch: FilePath, model: FilePath, out: FilePath }),
    reply: z.object({ model: FilePath, sha256: Sha256, tensors: z.array(z.string()) }),
  },
  /** `base`: the patch was made for this model; `applied`: this model holds it. Any other is refused. */
  verifyPatch: {
    request: z.object({ patch: FilePath, model: FilePath }),
    reply: z.object({
      state: z.enum(['base', 'applied']),
      base: Sha256,
      sha256: Sha256,
      tensors: z.array(z.string()),
    }),
  },
  removePatch: {
    request: z.object({ patch: FilePath, model: FilePath, base: FilePath, out: FilePath }),
    reply: z.object({ model: FilePath, sha256: Sha256 }),
  },
  evaluate: { request: EvaluateJob, reply: EvaluateReply },
  /** Of two models measured on the same images. `null` where one has no score. */
  compareCosts: { request: CompareCostsJob, reply: z.object({ comparison: CostComparison.nullable() }) },
  /** Curves and costs of a pair of thresholds, from the scores a line has on record. */
  weighRecord: { request: WeighJob, reply: RecordFigures },
  payback: { request: PaybackJob, reply: Payback },
  /** What the counts of a rollout prove. */
  watchDrift: { request: DriftJob, reply: DriftJobReply },
  weighRollout: { request: WeighRolloutJob, reply: WeighRolloutReply },
  lineRates: { request: LineRatesJob, reply: z.object({ periods: z.array(LineRates) }) },
  /** `null` for models that do not have the same tensors. */
  compareLayers: { request: CompareLayersJob, reply: z.object({ change: LayerChange.nullable() }) },
  attack: { request: AttackJob, reply: AttackReply },
  /** The model's classes, and of each image the one that its label means. */
  classNames: {
    request: z.object({ model: FilePath, images: z.array(LabelledImage) }),
    reply: z.object({ sha256: Sha256, classes: z.array(z.string()), meant: z.array(z.string()) }),
  },
  /** Looks at an image under noise; the same request gives the same certificate. */
  certify: {
    request: z.object({
      model: z.object({ path: FilePath, sha256: Sha256 }),
      image: FilePath,
      settings: SmoothingSettings,
      /** Each image's noise has a seed of its own, made of this one and its pixels. */
      seed: z.number().int().min(0).max(0xffff_ffff),
    }),
    reply: Certificate,
  },
  /** Takes the noisy looks at a part once more, from its own record; on the processor, as long as it takes. */
  repeatLooks: {
    request: z.object({
      model: z.object({ path: FilePath, sha256: Sha256 }),
      image: FilePath,
      /** Verdict by one look. */
      first: Verdict,
      certificate: PartCertificate,
    }),
    reply: PartCertificate,
  },
  /** Shares of images that are right and certified at each radius, and that abstained. */
  certifiedAccuracy: {
    request: z.object({ outcomes: z.array(CertifiedOutcome), radii: z.array(z.number().nonnegative()) }),
    reply: z.object({ accuracies: z.array(Rate), abstained: Rate }),
  },
  describe: { request: z.object({ path: FilePath }), reply: NetworkDescription },
  card: {
    request: z.object({ path: FilePath }),
    reply: z.object({ card: ModelCard.nullable(), sha256: Sha256 }),
  },
  ping: { request: z.object({}), reply: z.object({ rssBytes: z.number() }) },
} as const;

export type EngineCalls = typeof engineCalls;
export type EngineCallName = keyof EngineCalls;
export type EngineRequest<Name extends EngineCallName> = z.input<EngineCalls[Name]['request']>;
export type EngineReply<Name extends EngineCallName> = z.output<EngineCalls[Name]['reply']>;

export const EngineProgress = z.object({
  stage: z.string(),
  done: z.number(),
  total: z.number(),
  /** Of a training: epoch, step, loss … */
  figures: z.record(z.string(), z.number()).optional(),
});
export type EngineProgress = z.infer<typeof EngineProgress>;

export const HostMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('call'), id: z.number().int(), name: z.string(), request: z.unknown() }),
  z.object({ type: z.literal('cancel'), id: z.number().int() }),
]);
export const EngineMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), pid: z.number().int() }),
  z.object({ type: z.literal('reply'), id: z.number().int(), reply: z.unknown() }),
  z.object({ type: z.literal('failure'), id: z.number().int(), error: ErrorInfo }),
  z.object({ type: z.literal('progress'), id: z.number().int(), progress: EngineProgress }),
]);
export type HostMessage = z.infer<typeof HostMessage>;
export type EngineMessage = z.infer<typeof EngineMessage>;
