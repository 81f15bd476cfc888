import { z } from 'zod';
import { BackupPlan, Retention } from './backups.ts';
import { FilePath, Id, Name, Sha256, TimeMs } from './basics.ts';
import { CorrectionRecord, CorrectionRequest } from './correction.ts';
import { ErrorInfo, ErrorKind } from './errors.ts';
import { ParityCheck } from './parity.ts';
import { ModelProbe } from './probe.ts';
import { ProviderWish } from './providers.ts';
import { ModelTrust } from './signing.ts';
import { ShiftSchedule } from './shiftReports.ts';
import { ShiftStarts } from './shifts.ts';
import { PartCertificate, ProductSmoothing } from './smoothing.ts';
import { Thresholds, ThresholdsByLabel, TypeChoice, Verdict } from './verdict.ts';

export { FilePath, Id, Name, Sha256, TimeMs } from './basics.ts';

// ---- products -------------------------------------------------------------------------------

export const Product = z.object({
  id: Id,
  name: Name,
  createdMs: TimeMs,
  /** Detector in use; without one every part of this product is a review. */
  activeModelId: Id.nullable(),
  /** Absent: every part is decided on one look. */
  smoothing: ProductSmoothing.optional(),
});
export type Product = z.infer<typeof Product>;

// ---- sources --------------------------------------------------------------------------------

export const demoParts = ['disc', 'tile', 'label'] as const;
export const DemoPart = z.enum(demoParts);
export type DemoPart = z.infer<typeof DemoPart>;

/** Strength of each disturbance of the demo line, 0 (none) to 1 (severe). */
export const Disturbances = z.object({
  light: z.number().min(0).max(1),
  blur: z.number().min(0).max(1),
  noise: z.number().min(0).max(1),
});
export type Disturbances = z.infer<typeof Disturbances>;

export const DemoConfig = z.object({
  kind: z.literal('demo'),
  part: DemoPart,
  seed: z.number().int().min(0).max(0xffff_ffff),
  intervalMs: z.number().int().min(0).max(3_600_000),
  defectRate: z.number().min(0).max(1),
  disturbances: Disturbances,
});
export const FolderConfig = z.object({
  kind: z.literal('folder'),
  path: FilePath,
  subfolders: z.boolean(),
  /** Judge the images that are there when the source is added, not only those that arrive later. */
  existing: z.boolean(),
});
export const CameraConfig = z.object({
  kind: z.literal('camera'),
  /** `MediaDeviceInfo.deviceId`; empty = the first camera. */
  deviceId: z.string().max(512),
  trigger: z.enum(['key', 'interval']),
  intervalMs: z.number().int().min(50).max(3_600_000),
});
export const SourceConfig = z.discriminatedUnion('kind', [DemoConfig, FolderConfig, CameraConfig]);
export type DemoConfig = z.infer<typeof DemoConfig>;
export type FolderConfig = z.infer<typeof FolderConfig>;
export type CameraConfig = z.infer<typeof CameraConfig>;
export type SourceConfig = z.infer<typeof SourceConfig>;

export const Source = z.object({
  id: Id,
  name: Name,
  productId: Id,
  paused: z.boolean(),
  config: SourceConfig,
  createdMs: TimeMs,
});
export type Source = z.infer<typeof Source>;

export const SourceState = z.object({
  sourceId: Id,
  status: z.enum(['running', 'paused', 'waiting', 'error']),
  /** Parts delivered and not yet on record. */
  pending: z.number().int().nonnegative(),
  error: ErrorInfo.optional(),
});
export type SourceState = z.infer<typeof SourceState>;

// ---- models ---------------------------------------------------------------------------------

/** How an image becomes the network's input: x = (pixel · scale − mean) / std per channel, pixel in 0..255. */
export const Preprocess = z.object({
  order: z.enum(['RGB', 'BGR', 'GRAY']),
  /** [height, width] in pixels. */
  size: z.tuple([z.number().int().min(8).max(4096), z.number().int().min(8).max(4096)]),
  mean: z.array(z.number().finite()).min(1).max(3),
  std: z.array(z.number().finite().positive()).min(1).max(3),
  scale: z.number().finite().positive(),
  /** Brings each image to the same mean and spread before anything else, against drifting light. */
  normalise: z.enum(['none', 'image', 'local']).default('none'),
});
export type Preprocess = z.infer<typeof Preprocess>;

export const Interval = z.tuple([z.number(), z.number()]);
export type Interval = z.infer<typeof Interval>;

/** What a classifier tells apart. */
export const Classes = z.object({
  /** In the order of the network's output. */
  labels: z.array(z.string().min(1)).min(2),
  /** Those of them that mean OK. */
  okLabels: z.array(z.string()).min(1),
  temperature: z.number().positive(),
});
export type Classes = z.infer<typeof Classes>;

/** A detector in the registry. The file is `models/<sha256>.onnx` and never changes. */
export const Model = z.object({
  id: Id,
  sha256: Sha256,
  name: Name,
  productId: Id,
  kind: z.enum(['anomaly', 'classifier']),
  createdMs: TimeMs,
  preprocess: Preprocess,
  /** Chosen at teaching; `null` when unknown (an imported model). */
  thresholds: Thresholds,
  thresholdInterval: Interval.nullable(),
  /** Before they were changed last; absent while they never were. */
  previousThresholds: Thresholds.optional(),
  /** Of a classifier. */
  classes: Classes.extend({ thresholdsByLabel: ThresholdsByLabel }).optional(),
  /** The newest comparison with its making; absent: it was never compared. */
  parity: ParityCheck.optional(),
  /** Signed by whom; absent where nobody asked. */
  trust: ModelTrust.optional(),
  /** The newest search for a backdoor; absent: none on record. */
  probe: ModelProbe.optional(),
  /** What it was made of: backbone name and hash, tapped tensors, number of good / NG images, memory size. */
  origin: z.object({
    backbone: z.string(),
    features: z.array(z.string()),
    goodImages: z.number().int().nonnegative(),
    ngImages: z.number().int().nonnegative(),
    memory: z.number().int().nonnegative(),
    seed: z.number().int(),
    seconds: z.number().nonnegative(),
    /** What it corrects of position and light before it looks; absent = nothing, and nothing was asked. */
    correction: CorrectionRecord.optional(),
    /** Of a classifier: parts held back when it was made, and how many of them it put into their own class. */
    heldOut: z.object({ right: z.number().int(), of: z.number().int() }).optional(),
    /** Of a classifier: how its defect types came to their thresholds. */
    types: z.array(TypeChoice).optional(),
    /** Of a classifier: operator that keeps it from giving a heatmap. */
    mapLacks: z.string().optional(),
    /** Of a fine-tuned model: the one it was, and what was trained. */
    tuned: z
      .object({
        from: Name,
        fromSha256: Sha256,
        run: z.string(),
        layers: z.array(z.string()),
        parameters: z.number().int().nonnegative(),
      })
      .optional(),
  }),
});
export type Model = z.infer<typeof Model>;

/** A feature extractor that detectors are taught on: a built-in one or a user's own ONNX file. */
export const Backbone = z.object({
  id: Id,
  sha256: Sha256,
  name: Name,
  createdMs: TimeMs,
  /** Shipped with Kenro; cannot be removed. */
  builtIn: z.boolean(),
  preprocess: Preprocess,
  /** Tensors tapped by default. */
  features: z.array(z.string()).min(1),
});
export type Backbone = z.infer<typeof Backbone>;

/** A 4-D tensor inside a network that may serve as patch feature. */
export const FeatureTensor = z.object({
  name: z.string(),
  channels: z.number().int().positive(),
  height: z.number().int().positive(),
  width: z.number().int().positive(),
  /** Input pixels per feature cell. */
  stride: z.number().positive(),
  /** The file already lists it as a graph output. */
  isOutput: z.boolean(),
});
export type FeatureTensor = z.infer<typeof FeatureTensor>;

/** What importing an ONNX file found out about it. */
export const NetworkDescription = z.object({
  path: FilePath,
  sha256: Sha256,
  bytes: z.number().int().nonnegative(),
  producer: z.string(),
  opset: z.number().int(),
  inputName: z.string(),
  /** As declared; a symbolic dimension is its name. */
  inputShape: z.array(z.union([z.number().int(), z.string()])),
  parameters: z.number().int().nonnegative(),
  flops: z.number().nonnegative(),
  layers: z.array(
    z.object({
      name: z.string(),
      op: z.string(),
      output: z.string(),
      shape: z.array(z.union([z.number(), z.string()])),
      parameters: z.number().int().nonnegative(),
      flops: z.number().nonnegative(),
    }),
  ),
  /** Files that hold weights of the network, relative to the folder of the file itself. */
  externalFiles: z.array(z.string()).optional(),
  features: z.array(FeatureTensor),
  suggestedFeatures: z.array(z.string()),
  suggestedPreprocess: Preprocess,
});
export type NetworkDescription = z.infer<typeof NetworkDescription>;

// ---- inspections ----------------------------------------------------------------------------

/** Milliseconds. `waitMs` = from arrival to the engine; the parts add up to the whole verdict. */
export const Latency = z.object({
  waitMs: z.number().nonnegative(),
  decodeMs: z.number().nonnegative(),
  inferMs: z.number().nonnegative(),
  smoothMs: z.number().nonnegative(),
  storeMs: z.number().nonnegative(),
});
export type Latency = z.infer<typeof Latency>;

/** Anomaly map, row-major, one byte a cell: value = low + byte/255 · (high − low). */
export const AnomalyMap = z.object({
  width: z.number().int().positive().max(1024),
  height: z.number().int().positive().max(1024),
  low: z.number(),
  high: z.number(),
  /** base64 of width·height bytes. */
  data: z.string(),
});
export type AnomalyMap = z.infer<typeof AnomalyMap>;

export const HumanWord = z.enum(['ok', 'ng']);
export type HumanWord = z.infer<typeof HumanWord>;

/** One part on record. */
export const Inspection = z.object({
  id: Id,
  timeMs: TimeMs,
  productId: Id,
  sourceId: Id,
  lot: z.string(),
  serial: z.string(),
  /** File path relative to the watched folder, demo part number, or camera frame number. */
  origin: z.string(),
  arm: z.string(),
  modelId: Id.nullable(),
  patchHash: z.string().nullable(),
  score: z.number().nullable(),
  thresholds: Thresholds.nullable(),
  verdict: Verdict,
  /** Why a part is a review: it could not be judged, or not be looked at again; else `null`. */
  reason: ErrorKind.nullable(),
  /** Defect type, by a classifier; `null` for a part that is OK. */
  label: z.string().nullable(),
  /** Looks that the verdict took, the first among them; `null` where no noisy ones were allowed. */
  votes: z.number().int().nullable(),
  /** Certified: no disturbance of a smaller L2 norm changes the verdict; `null` where none was asked for or shown. */
  radius: z.number().nullable(),
  /** Of a part that was looked at again. */
  certificate: PartCertificate.optional(),
  latency: Latency,
  imageHash: z.string().nullable(),
  /** Kept under `images/`; otherwise only the live ring may still have it. */
  imageKept: z.boolean(),
  imageWidth: z.number().int().nullable(),
  imageHeight: z.number().int().nullable(),
  human: HumanWord.nullable(),
});
export type Inspection = z.infer<typeof Inspection>;

export const JudgedPart = z.object({ inspection: Inspection, map: AnomalyMap.nullable() });
export type JudgedPart = z.infer<typeof JudgedPart>;

export const Feedback = z.object({
  id: Id,
  inspectionId: Id,
  timeMs: TimeMs,
  word: HumanWord,
  reason: z.string(),
  /** Set when the word was taken back. */
  withdrawnMs: TimeMs.nullable(),
});
export type Feedback = z.infer<typeof Feedback>;

export const Counters = z.object({
  parts: z.number().int(),
  ok: z.number().int(),
  ng: z.number().int(),
  review: z.number().int(),
  /** Parts that could not be judged at all (a subset of review). */
  errors: z.number().int(),
  /** NG that a human called OK: provisional until every reject is confirmed. */
  falseAlarms: z.number().int(),
  /** OK that a human called NG. */
  escapes: z.number().int(),
  /** NG and review without a human word yet. */
  unconfirmed: z.number().int(),
});
export type Counters = z.infer<typeof Counters>;

export const Performance = z.object({
  nowMs: z.number().nullable(),
  averageMs: z.number().nullable(),
  p95Ms: z.number().nullable(),
  maxMs: z.number().nullable(),
  partsPerMinute: z.number(),
});
export type Performance = z.infer<typeof Performance>;

export const EngineState = z.object({
  status: z.enum(['starting', 'ready', 'busy', 'restarting', 'stopped']),
  provider: z.string(),
  pid: z.number().int().nullable(),
  /** Restarts since the station started. */
  restarts: z.number().int(),
  error: ErrorInfo.optional(),
});
export type EngineState = z.infer<typeof EngineState>;

// ---- teaching -------------------------------------------------------------------------------

export const TeachGood = z.discriminatedUnion('from', [
  z.object({ from: z.literal('folder'), path: FilePath }),
  /** The next `count` parts of this source are good by the user's word. */
  z.object({ from: z.literal('line'), sourceId: Id, count: z.number().int().min(5).max(5000) }),
]);
export const TeachRequest = z.object({
  productId: Id,
  name: Name,
  good: TeachGood,
  ngFolder: FilePath.nullable(),
  /** Images of the folder of good parts found suspect that are not taught on. Their files stay. */
  leftOut: z.array(FilePath).max(500).default([]),
  backboneId: Id,
  features: z.array(z.string()).nullable(),
  /** Network input side in pixels; `null` = as the backbone says. */
  size: z.number().int().min(32).max(1024).nullable(),
  seed: z.number().int().min(0).max(0xffff_ffff),
  /** Of position and light. */
  correction: CorrectionRequest.default({ by: 'measured' }),
});
export type TeachRequest = z.infer<typeof TeachRequest>;

// ---- settings -------------------------------------------------------------------------------

/** Pictures of OK parts that each product has before only a sample is kept: a few hundred show how its parts vary. */
export const okPicturesWanted = 200;

export const Settings = z.object({
  language: z.enum(['ja', 'en']),
  theme: z.enum(['dark', 'light', 'system']),
  heatmap: z.boolean(),
  /** 0..1 */
  heatmapOpacity: z.number().min(0).max(1),
  /**
   * One in how many OK parts keeps its image, beside the first `okPicturesWanted` of a product and one for each part that
   * is not OK; 0 = none at all.
   */
  keepOneOkIn: z.number().int().min(0).max(1_000_000),
  lot: z.string().max(120),
  shiftReports: ShiftSchedule,
  backups: BackupPlan,
  retention: Retention,
  shiftStarts: ShiftStarts,
  /** The greeting of the first run was closed. */
  greeted: z.boolean(),
  /** Where the guide of the first hour stands, from 0. */
  guideStep: z.number().int().min(0).max(99),
  /** Where parts are judged. */
  provider: ProviderWish,
  /** Most that the engine may grow for the detectors in use on a device, in MB; 0 = no limit. */
  deviceMemoryMb: z.number().int().min(0).max(1_000_000),
  /** Without a sign of life for so long, a person is signed out. */
  signOutAfterMinutes: z.number().int().min(1).max(480),
});
export type Settings = z.infer<typeof Settings>;

/** What is put on the audit trail, as `area.verb`. */
export const auditActions = [
  'audit.anchor',
  'audit.gap',
  'backbone.import',
  'backbone.remove',
  'backup.checkDatabase',
  'backup.failed',
  'backup.make',
  'backup.restore',
  'classifier.import',
  'classifier.teach',
  'downstream.import',
  'drift.acknowledge',
  'drift.alarm',
  'drift.reset',
  'intervention.note',
  'key.add',
  'key.revoke',
  'label.give',
  'label.withdraw',
  'limitSample.add',
  'limitSample.remove',
  'lineStop.acknowledge',
  'lineStop.mute',
  'lineStop.raise',
  'lineStop.rules',
  'model.activate',
  'model.add',
  'model.parity',
  'model.probe',
  'model.remove',
  'model.rename',
  'model.sign',
  'model.thresholds',
  'model.trust',
  'people.add',
  'people.change',
  'people.changeSecret',
  'people.firstAdmin',
  'people.recover',
  'people.recoveryCode',
  'people.refused',
  'people.resetSecret',
  'people.signIn',
  'people.signOut',
  'product.add',
  'product.export',
  'product.import',
  'product.remove',
  'product.rename',
  'product.smoothing',
  'provider.change',
  'provider.fallback',
  'report.remove',
  'retention.delete',
  'retrain.accept',
  'retrain.remove',
  'retrain.resume',
  'retrain.screen',
  'retrain.start',
  'review.sampling',
  'review.sayMany',
  'review.takeBack',
  'roi.save',
  'rollout.back',
  'rollout.begin',
  'rollout.draft',
  'rollout.finish',
  'rollout.plan',
  'rollout.promote',
  'rollout.share',
  'settings.change',
  'source.add',
  'source.change',
  'source.disturb',
  'source.remove',
  'station.firstStart',
  'teach.start',
  'update.install',
] as const;
export type AuditAction = (typeof auditActions)[number];

export const AuditEntry = z.object({
  id: Id,
  timeMs: TimeMs,
  actor: z.string(),
  /** One of `auditActions`, or one of a version of Kenro that knew others. */
  action: z.string(),
  detail: z.record(z.string(), z.unknown()),
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;
