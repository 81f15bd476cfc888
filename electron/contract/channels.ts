import { z } from 'zod';
import {
  AnomalyMap,
  AuditEntry,
  Backbone,
  Counters,
  Disturbances,
  EngineState,
  Feedback,
  FilePath,
  HumanWord,
  Id,
  Inspection,
  JudgedPart,
  Model,
  Name,
  NetworkDescription,
  Performance,
  Preprocess,
  Product,
  Settings,
  Source,
  SourceConfig,
  SourceState,
  TeachRequest,
  TimeMs,
} from './domain.ts';
import {
  ClassifierDescription,
  ClassSurvey,
  ImportClassifierRequest,
  TeachClassifierRequest,
} from './classifier.ts';
import { ComparisonKind } from './comparisons.ts';
import { Job } from './jobs.ts';
import { LineRates, LineRatesRequest } from './lineRates.ts';
import { ErrorInfo } from './errors.ts';
import {
  Replay,
  ReplayRequest,
  ScoreHistogram,
  ScorePeriod,
  WeighedRecord,
  WeighRequest,
} from './operating.ts';
import { ModelReportRequest, ReportId, ReportSummary } from './modelReports.ts';
import { ProviderState } from './providers.ts';
import {
  DefectCount,
  HistoryFilter,
  HistoryPage,
  HistoryPageRequest,
  TrendPoint,
  TrendRequest,
} from './history.ts';
import {
  PartsSurvey,
  Preview,
  PreviewRequest,
  RetrainParts,
  RetrainRequest,
  RunId,
  RunSummary,
  SiteEstimate,
} from './retrain.ts';
import {
  DownstreamCheck,
  DownstreamImport,
  DownstreamRequest,
  DownstreamTable,
  LimitSample,
  NewLimitSample,
  QueueFilter,
  QueueLeft,
  QueuePage,
  QueueRequest,
  Sampling,
  SayManyRequest,
  WordBatch,
} from './review.ts';
import { LookCounts, NoisePreview, PartCertificate, ProductSmoothing } from './smoothing.ts';
import { Thresholds, ThresholdsByLabel } from './verdict.ts';

/** Who may call: the page in our own window, or also a second screen in a browser. */
export type Caller = 'page';

export interface Call<Request extends z.ZodType, Reply extends z.ZodType> {
  request: Request;
  reply: Reply;
  caller: Caller;
}

function call<Request extends z.ZodType, Reply extends z.ZodType>(
  request: Request,
  reply: Reply,
): Call<Request, Reply> {
  return { request, reply, caller: 'page' };
}

const nothing = z.object({}).strict();
const byId = z.object({ id: Id });

/** Everything the page needs to draw itself when it opens. */
export const Snapshot = z.object({
  version: z.string(),
  shell: z.enum(['electron', 'browser']),
  nowMs: TimeMs,
  settings: Settings,
  products: z.array(Product),
  sources: z.array(Source),
  sourceStates: z.array(SourceState),
  models: z.array(Model),
  backbones: z.array(Backbone),
  engine: EngineState,
  counters: Counters,
  performance: Performance,
  /** Newest last, at most 300. */
  recent: z.array(Inspection),
  /** The newest part with its map. */
  latest: JudgedPart.nullable(),
  jobs: z.array(Job),
  provider: ProviderState,
  /** E.g. a restored database: shown until dismissed. */
  notices: z.array(ErrorInfo),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const FolderListing = z.object({
  path: FilePath,
  parent: FilePath.nullable(),
  folders: z.array(z.object({ name: z.string(), path: FilePath })),
  /** Files of the kind asked for: images, ONNX models, CSV tables of labelled images, or lists of class names. */
  files: z.array(z.object({ name: z.string(), path: FilePath, bytes: z.number() })),
  fileCount: z.number().int(),
});
export type FolderListing = z.infer<typeof FolderListing>;

/** One entry a call: request and reply schema. Handlers are a mapped type over this, so none can be missing. */
export const channels = {
  'station.snapshot': call(nothing, Snapshot),

  'settings.change': call(Settings.partial(), Settings),

  /** Tries every execution provider on the detectors in use; answers when it is done. */
  'provider.measure': call(nothing, ProviderState),

  'product.add': call(z.object({ name: Name }), Product),
  'product.rename': call(z.object({ id: Id, name: Name }), Product),
  'product.remove': call(byId, nothing),
  /** `null` switches noisy looks off. */
  'product.smoothing': call(z.object({ id: Id, smoothing: ProductSmoothing.nullable() }), Product),
  /** Since midnight. */
  'product.looks': call(byId, LookCounts),
  /** On a recent part of the product; `index` counts from the newest, round and round. */
  'product.noise': call(
    z.object({ id: Id, smoothing: ProductSmoothing, index: z.number().int().nonnegative() }),
    NoisePreview,
  ),

  'source.add': call(z.object({ name: Name, productId: Id, config: SourceConfig }), Source),
  'source.change': call(
    z.object({
      id: Id,
      name: Name.optional(),
      productId: Id.optional(),
      paused: z.boolean().optional(),
      config: SourceConfig.optional(),
    }),
    Source,
  ),
  'source.disturb': call(z.object({ id: Id, disturbances: Disturbances }), Source),
  'source.remove': call(byId, nothing),
  /** base64 of an encoded image (JPEG or PNG). Answers once the frame is safe on disk. */
  'camera.frame': call(
    z.object({ sourceId: Id, image: z.string().max(64_000_000), serial: z.string().max(120) }),
    nothing,
  ),

  'folder.list': call(
    z.object({
      path: FilePath.nullable(),
      files: z.enum(['images', 'models', 'tables', 'labels', 'results']),
    }),
    FolderListing,
  ),

  'backbone.describe': call(z.object({ path: FilePath }), NetworkDescription),
  'backbone.import': call(
    z.object({ path: FilePath, name: Name, preprocess: Preprocess, features: z.array(z.string()).min(1) }),
    Backbone,
  ),
  'backbone.remove': call(byId, nothing),

  'model.activate': call(byId, Product),
  'model.rename': call(z.object({ id: Id, name: Name }), Model),
  'model.thresholds': call(
    z.object({ id: Id, thresholds: Thresholds, thresholdsByLabel: ThresholdsByLabel.optional() }),
    Model,
  ),
  'model.remove': call(byId, nothing),

  'thresholds.scores': call(ScorePeriod, ScoreHistogram),
  /** What a period would have looked like with other thresholds. */
  'thresholds.replay': call(ReplayRequest, Replay),
  /** Curves and expected costs, from what people judged. */
  'thresholds.weigh': call(WeighRequest, WeighedRecord),
  /** From the next part on. `from`: the pair that was looked at; refused where it is not in force any more. */
  'thresholds.apply': call(
    z.object({ id: Id, from: Thresholds, to: Thresholds, reason: z.string().trim().min(1).max(500) }),
    Model,
  ),
  /** Back to the pair before the last change; done twice, it is as it was. */
  'thresholds.undo': call(z.object({ id: Id, to: Thresholds }), Model),

  'teach.start': call(TeachRequest, Job),
  /** Classes and numbers of images in class folders or a CSV table. */
  'classifier.survey': call(z.object({ path: FilePath }), ClassSurvey),
  'classifier.describe': call(z.object({ path: FilePath }), ClassifierDescription),
  /** Class names from a text, CSV or JSON file. */
  'classifier.labels': call(z.object({ path: FilePath }), z.object({ labels: z.array(z.string()) })),
  'classifier.teach': call(TeachClassifierRequest, Job),
  'classifier.import': call(ImportClassifierRequest, Job),
  'retrain.parts': call(RetrainParts, PartsSurvey),
  'retrain.preview': call(PreviewRequest, Preview),
  /** What disturbs the line, estimated from good parts. */
  'retrain.site': call(RetrainParts, SiteEstimate),
  'retrain.plan': call(RetrainRequest, Job),
  'retrain.start': call(RetrainRequest, Job),
  /** Holds a retraining before its next step, or lets it go on. */
  'retrain.pause': call(z.object({ id: RunId, paused: z.boolean() }), nothing),
  /** Goes on with one that was cancelled or interrupted or has failed, from where it was left. */
  'retrain.resume': call(z.object({ id: RunId }), Job),
  /** Leaves out one of the trainings that a run is compared with. */
  'retrain.leaveOut': call(z.object({ id: RunId, kind: ComparisonKind }), nothing),
  /** Retrainings of a product, of earlier starts too, newest first. */
  'retrain.runs': call(z.object({ productId: Id }), z.object({ runs: z.array(RunSummary) })),
  /** Brings one of them among the jobs. */
  'retrain.open': call(z.object({ id: RunId }), Job),
  /**
   * Puts the model of a finished retraining into the registry; it is not in use yet. `reason`: why, although it breaks
   * ceilings; it is kept in the audit trail.
   */
  'retrain.candidate': call(
    z.object({ id: RunId, name: Name, reason: z.string().trim().min(1).max(500).nullable() }),
    Model,
  ),
  /**
   * Measures what a finished retraining has made beside the model it was made from, on the test side of the run. The
   * report stays with the run and is read and saved by `assetPaths.report`; one made before is replaced.
   */
  'retrain.report': call(z.object({ id: RunId }), Job),
  /** Deletes a retraining that has ended, with its checkpoints and its report; a candidate made from it stays. */
  'retrain.remove': call(z.object({ id: RunId }), nothing),
  /** Measures models of a product on labelled parts; read and saved by `assetPaths.modelReport`. */
  'report.start': call(ModelReportRequest, Job),
  /** Newest first. */
  'report.list': call(z.object({ productId: Id }), z.object({ reports: z.array(ReportSummary) })),
  'report.remove': call(z.object({ id: ReportId }), nothing),
  'job.cancel': call(z.object({ id: z.string() }), nothing),
  'job.dismiss': call(z.object({ id: z.string() }), nothing),

  'feedback.give': call(
    z.object({ inspectionId: Id, word: HumanWord, reason: z.string().max(500) }),
    Inspection,
  ),
  'feedback.withdraw': call(z.object({ inspectionId: Id }), Inspection),

  'history.page': call(HistoryPageRequest, HistoryPage),
  'history.count': call(z.object({ filter: HistoryFilter }), z.object({ count: z.number().int() })),
  'history.part': call(
    byId,
    z.object({
      inspection: Inspection,
      map: AnomalyMap.nullable(),
      feedback: z.array(Feedback),
    }),
  ),
  /** Takes the noisy looks at a part once more, from its own record. */
  'history.repeat': call(byId, z.object({ certificate: PartCertificate, isSame: z.boolean() })),
  /** For a Pareto chart. */
  'history.defects': call(z.object({ filter: HistoryFilter }), z.object({ defects: z.array(DefectCount) })),
  'trend.points': call(TrendRequest, z.object({ points: z.array(TrendPoint) })),
  /** Parts that wait for a human's word. */
  'review.queue': call(QueueRequest, QueuePage),
  'review.left': call(QueueFilter, QueueLeft),
  /** Escapes and false alarms of a period, with their intervals. */
  'review.rates': call(LineRatesRequest, LineRates),
  /** The same word on many parts, taken back as one. */
  'review.sayMany': call(SayManyRequest, WordBatch),
  /** `kept`: parts on which somebody has said something since; they stay as they are. */
  'review.takeBack': call(byId, z.object({ batch: WordBatch, kept: z.number().int() })),
  'review.batches': call(nothing, z.object({ batches: z.array(WordBatch) })),
  /** Share of a product's OK parts that is drawn for a human to look at. */
  'review.sampling': call(z.object({ productId: Id }), Sampling),
  'review.setSampling': call(Sampling.pick({ productId: true, perTenThousand: true }), Sampling),
  'review.limits': call(z.object({ productId: Id }), z.object({ samples: z.array(LimitSample) })),
  'review.addLimit': call(NewLimitSample, LimitSample),
  'review.removeLimit': call(byId, nothing),
  /** Results of later tests: what the file holds, what an import would do, and the import. */
  'downstream.read': call(z.object({ path: FilePath }), DownstreamTable),
  'downstream.check': call(DownstreamRequest, DownstreamCheck),
  'downstream.import': call(DownstreamImport, WordBatch),
  'audit.page': call(
    z.object({ before: Id.nullable(), limit: z.number().int().min(1).max(500) }),
    z.object({ entries: z.array(AuditEntry), older: z.boolean() }),
  ),
  'notice.dismiss': call(z.object({ index: z.number().int().nonnegative() }), nothing),
} as const;

export type Channels = typeof channels;
export type ChannelName = keyof Channels;
export type RequestOf<Name extends ChannelName> = z.input<Channels[Name]['request']>;
export type ParsedRequestOf<Name extends ChannelName> = z.output<Channels[Name]['request']>;
export type ReplyOf<Name extends ChannelName> = z.output<Channels[Name]['reply']>;

export type Handlers = {
  [Name in ChannelName]: (request: ParsedRequestOf<Name>) => Promise<ReplyOf<Name>> | ReplyOf<Name>;
};

/** Either the reply or what went wrong; nothing else crosses. */
export type Outcome<Name extends ChannelName> =
  { ok: true; reply: ReplyOf<Name> } | { ok: false; error: ErrorInfo };
