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
import { AuditCheck, AuditFilter, wholeTrail } from './audit.ts';
import { BackupStatus, StorageForecast } from './backups.ts';
import { ComparisonKind } from './comparisons.ts';
import { Job } from './jobs.ts';
import { DriftReport } from './drift.ts';
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
import { UpdateOffer, UpdateRequest, UpdateStarted, UpdateState } from './updates.ts';
import { LineStop, StopList, StopRequest, StopRules } from './lineStops.ts';
import { ModelReportRequest, ReportId, ReportSummary } from './modelReports.ts';
import {
  Person,
  PersonName,
  Reason,
  RecoveryCode,
  Role,
  Secret,
  SecretKind,
  SessionState,
  Signature,
} from './people.ts';
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
import { Roi, RoiRequest, RoiStart } from './roi.ts';
import { ScreenRequest } from './screening.ts';
import {
  KeyId,
  KeyName,
  ModelTrust,
  Passphrase,
  PlantSigner,
  SignModelRequest,
  TrustedKey,
  TrustModelRequest,
} from './signing.ts';
import { ShiftReportStatus } from './shiftReports.ts';
import {
  Disagreement,
  DisagreementsRequest,
  PlanTemplate,
  Rollout,
  RolloutPlan,
  RolloutStatus,
  RolloutStep,
} from './rollout.ts';
import { LookCounts, NoisePreview, PartCertificate, ProductSmoothing } from './smoothing.ts';
import { Annotation, ChartRequest, FalseAlarmCause, TrendChart, TrendPeriod } from './trends.ts';
import { Thresholds, ThresholdsByLabel } from './verdict.ts';

export interface Call<Request extends z.ZodType, Reply extends z.ZodType> {
  request: Request;
  reply: Reply;
  /** The lowest that may call; everybody is an operator, without signing in. */
  role: Role | ((request: z.output<Request>) => Role);
}

function call<Request extends z.ZodType, Reply extends z.ZodType>(
  request: Request,
  reply: Reply,
  role: Call<Request, Reply>['role'],
): Call<Request, Reply> {
  return { request, reply, role };
}

const nothing = z.object({}).strict();
const byId = z.object({ id: Id });

/** How a page is shown, and the lot, are for whoever stands before it. */
const ofEverybody: readonly (keyof Settings)[] = [
  'language',
  'theme',
  'heatmap',
  'heatmapOpacity',
  'greeted',
  'guideStep',
  'lot',
];
/** What can lose data, or let others in. */
const ofAdmin: readonly (keyof Settings)[] = ['signOutAfterMinutes', 'backups', 'retention'];
const settingsRole = (change: object): Role => {
  const keys = Object.keys(change) as (keyof Settings)[];
  if (keys.every((key) => ofEverybody.includes(key))) return 'operator';
  return keys.some((key) => ofAdmin.includes(key)) ? 'admin' : 'qa';
};
const newSecret = { secretKind: SecretKind, secret: Secret };
const recoveryCode = z.object({ recoveryCode: RecoveryCode });

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
  /** Waiting to be acknowledged, oldest first. */
  lineStops: z.array(LineStop),
  /** E.g. a restored database: shown until dismissed. */
  notices: z.array(ErrorInfo),
  people: z.array(Person),
  /** Who is at this page. */
  session: SessionState,
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
  'station.snapshot': call(nothing, Snapshot, 'operator'),

  'settings.change': call(Settings.partial(), Settings, settingsRole),

  /** Tries every execution provider on the detectors in use; answers when it is done. */
  'provider.measure': call(nothing, ProviderState, 'qa'),

  'product.add': call(z.object({ name: Name }), Product, 'qa'),
  'product.rename': call(z.object({ id: Id, name: Name }), Product, 'qa'),
  'product.remove': call(byId, nothing, 'qa'),
  /** `null` switches noisy looks off. */
  'product.smoothing': call(z.object({ id: Id, smoothing: ProductSmoothing.nullable() }), Product, 'qa'),
  /** Since midnight. */
  'product.looks': call(byId, LookCounts, 'operator'),
  /** On a recent part of the product; `index` counts from the newest, round and round. */
  'product.noise': call(
    z.object({ id: Id, smoothing: ProductSmoothing, index: z.number().int().nonnegative() }),
    NoisePreview,
    'operator',
  ),

  'source.add': call(z.object({ name: Name, productId: Id, config: SourceConfig }), Source, 'supervisor'),
  'source.change': call(
    z.object({
      id: Id,
      name: Name.optional(),
      productId: Id.optional(),
      paused: z.boolean().optional(),
      config: SourceConfig.optional(),
    }),
    Source,
    'supervisor',
  ),
  'source.disturb': call(z.object({ id: Id, disturbances: Disturbances }), Source, 'supervisor'),
  'source.remove': call(byId, nothing, 'supervisor'),
  /** base64 of an encoded image (JPEG or PNG). Answers once the frame is safe on disk. */
  'camera.frame': call(
    z.object({ sourceId: Id, image: z.string().max(64_000_000), serial: z.string().max(120) }),
    nothing,
    'operator',
  ),

  'folder.list': call(
    z.object({
      path: FilePath.nullable(),
      files: z.enum(['images', 'models', 'tables', 'labels', 'results', 'products', 'updates', 'keys']),
    }),
    FolderListing,
    'supervisor',
  ),

  'backbone.describe': call(z.object({ path: FilePath }), NetworkDescription, 'qa'),
  'backbone.import': call(
    z.object({ path: FilePath, name: Name, preprocess: Preprocess, features: z.array(z.string()).min(1) }),
    Backbone,
    'qa',
  ),
  'backbone.remove': call(byId, nothing, 'qa'),

  'model.activate': call(byId, Product, 'qa'),
  'model.rename': call(z.object({ id: Id, name: Name }), Model, 'qa'),
  'model.thresholds': call(
    z.object({
      id: Id,
      thresholds: Thresholds,
      thresholdsByLabel: ThresholdsByLabel.optional(),
      reason: Reason,
    }),
    Model,
    'qa',
  ),
  'model.remove': call(byId, nothing, 'qa'),
  /** By a key of the plant. */
  'model.sign': call(SignModelRequest, ModelTrust, 'admin'),
  /** Looks for a backdoor in a model, with the parts on record of its product. */
  'model.probe': call(byId, Job, 'qa'),
  /** Lets a model be used whose signature is missing or does not count, or that seems to have a backdoor; kept in the audit trail. */
  'model.trust': call(TrustModelRequest, ModelTrust, 'admin'),
  /** `folder`: where the keys of the plant lie, each under its passphrase. */
  'key.list': call(nothing, z.object({ keys: z.array(TrustedKey), folder: FilePath }), 'operator'),
  'key.make': call(
    z.object({ name: KeyName, passphrase: Passphrase }),
    z.object({ key: TrustedKey }),
    'admin',
  ),
  /** `path`: a key file of another plant or station. */
  'key.add': call(z.object({ name: KeyName, path: FilePath }), z.object({ key: TrustedKey }), 'admin'),
  /** What it has signed does not count any more. */
  'key.revoke': call(z.object({ keyId: KeyId, reason: Reason }), z.object({ key: TrustedKey }), 'admin'),

  'thresholds.scores': call(ScorePeriod, ScoreHistogram, 'operator'),
  /** What a period would have looked like with other thresholds. */
  'thresholds.replay': call(ReplayRequest, Replay, 'operator'),
  /** Curves and expected costs, from what people judged. */
  'thresholds.weigh': call(WeighRequest, WeighedRecord, 'operator'),
  /** From the next part on. `from`: the pair that was looked at; refused where it is not in force any more. */
  'thresholds.apply': call(
    z.object({ id: Id, from: Thresholds, to: Thresholds, reason: Reason }),
    Model,
    'qa',
  ),
  /** Back to the pair before the last change; done twice, it is as it was. */
  'thresholds.undo': call(z.object({ id: Id, to: Thresholds }), Model, 'qa'),

  'drift.report': call(z.object({ productId: Id }), DriftReport, 'operator'),
  /** `resets`: how the parts look from now on is how they should. */
  'drift.acknowledge': call(
    z.object({ id: Id, reason: Reason, resets: z.boolean() }),
    DriftReport,
    'supervisor',
  ),
  'drift.reset': call(z.object({ productId: Id, modelId: Id, reason: Reason }), DriftReport, 'supervisor'),

  'teach.start': call(TeachRequest, Job, 'qa'),
  /** Looks for parts that seem mislabelled, tampered with or foreign among those to be taught on. */
  'teach.screen': call(ScreenRequest, Job, 'qa'),
  /** Classes and numbers of images in class folders or a CSV table. */
  'classifier.survey': call(z.object({ path: FilePath }), ClassSurvey, 'qa'),
  'classifier.describe': call(z.object({ path: FilePath }), ClassifierDescription, 'qa'),
  /** Class names from a text, CSV or JSON file. */
  'classifier.labels': call(z.object({ path: FilePath }), z.object({ labels: z.array(z.string()) }), 'qa'),
  'classifier.teach': call(TeachClassifierRequest, Job, 'qa'),
  'classifier.import': call(ImportClassifierRequest, Job, 'qa'),
  'retrain.parts': call(RetrainParts, PartsSurvey, 'operator'),
  'retrain.preview': call(PreviewRequest, Preview, 'operator'),
  /** What disturbs the line, estimated from good parts. */
  'retrain.site': call(RetrainParts, SiteEstimate, 'operator'),
  'retrain.plan': call(RetrainRequest, Job, 'qa'),
  'retrain.start': call(RetrainRequest, Job, 'qa'),
  /** Holds a retraining before its next step, or lets it go on. */
  'retrain.pause': call(z.object({ id: RunId, paused: z.boolean() }), nothing, 'qa'),
  /** Goes on with one that was cancelled or interrupted or has failed, from where it was left. */
  'retrain.resume': call(z.object({ id: RunId }), Job, 'qa'),
  /** Leaves out one of the trainings that a run is compared with. */
  'retrain.leaveOut': call(z.object({ id: RunId, kind: ComparisonKind }), nothing, 'qa'),
  /** Retrainings of a product, of earlier starts too, newest first. */
  'retrain.runs': call(z.object({ productId: Id }), z.object({ runs: z.array(RunSummary) }), 'operator'),
  /** Brings one of them among the jobs. */
  'retrain.open': call(z.object({ id: RunId }), Job, 'operator'),
  /**
   * Puts the model of a finished retraining into the registry; it is not in use yet. `reason`: why, although it breaks
   * ceilings; it is kept in the audit trail.
   */
  'retrain.candidate': call(z.object({ id: RunId, name: Name, reason: Reason.nullable() }), Model, 'qa'),
  /**
   * Measures what a finished retraining has made beside the model it was made from, on the test side of the run. The
   * report stays with the run and is read and saved by `assetPaths.report`; one made before is replaced.
   */
  'retrain.report': call(z.object({ id: RunId }), Job, 'qa'),
  /** Deletes a retraining that has ended, with its checkpoints and its report; a candidate made from it stays. */
  'retrain.remove': call(z.object({ id: RunId }), nothing, 'qa'),
  /** Measures models of a product on labelled parts; read and saved by `assetPaths.modelReport`. */
  'report.start': call(ModelReportRequest, Job, 'qa'),
  /** Newest first. */
  'report.list': call(z.object({ productId: Id }), z.object({ reports: z.array(ReportSummary) }), 'operator'),
  'report.remove': call(z.object({ id: ReportId }), nothing, 'qa'),
  /** Rollouts of a product, newest first. */
  'rollout.list': call(z.object({ productId: Id }), z.object({ rollouts: z.array(Rollout) }), 'operator'),
  /** How one stands by what is on record now. */
  'rollout.status': call(byId, RolloutStatus, 'operator'),
  'rollout.steps': call(byId, z.object({ steps: z.array(RolloutStep) }), 'operator'),
  /** Plans to go over to another model of the product; nothing is judged otherwise yet. */
  'rollout.draft': call(
    z.object({ productId: Id, candidateModelId: Id, template: PlanTemplate }),
    Rollout,
    'qa',
  ),
  'rollout.plan': call(z.object({ id: Id, plan: RolloutPlan }), Rollout, 'qa'),
  'rollout.begin': call(byId, Rollout, 'qa'),
  /** To the next phase, where all gates are passed; signed by quality assurance. */
  'rollout.promote': call(z.object({ id: Id, signature: Signature }), Rollout, 'qa'),
  /** To the model before, from the next part on. */
  'rollout.back': call(z.object({ id: Id, reason: z.string().trim().max(500) }), Rollout, 'operator'),
  /** Parts on which the two models differ, newest first. */
  'rollout.disagreements': call(DisagreementsRequest, z.object({ parts: z.array(Disagreement) }), 'operator'),
  'job.cancel': call(z.object({ id: z.string() }), nothing, 'supervisor'),
  'job.dismiss': call(z.object({ id: z.string() }), nothing, 'supervisor'),

  'feedback.give': call(
    z.object({ inspectionId: Id, word: HumanWord, reason: z.string().max(500) }),
    Inspection,
    'operator',
  ),
  'feedback.withdraw': call(z.object({ inspectionId: Id }), Inspection, 'operator'),

  'history.page': call(HistoryPageRequest, HistoryPage, 'operator'),
  'history.count': call(
    z.object({ filter: HistoryFilter }),
    z.object({ count: z.number().int() }),
    'operator',
  ),
  'history.part': call(
    byId,
    z.object({
      inspection: Inspection,
      map: AnomalyMap.nullable(),
      feedback: z.array(Feedback),
    }),
    'operator',
  ),
  /** Takes the noisy looks at a part once more, from its own record. */
  'history.repeat': call(byId, z.object({ certificate: PartCertificate, isSame: z.boolean() }), 'operator'),
  /** For a Pareto chart. */
  'history.defects': call(
    z.object({ filter: HistoryFilter }),
    z.object({ defects: z.array(DefectCount) }),
    'operator',
  ),
  'trend.points': call(TrendRequest, z.object({ points: z.array(TrendPoint) }), 'operator'),
  /** Parts that wait for a human's word. */
  'review.queue': call(QueueRequest, QueuePage, 'operator'),
  'review.left': call(QueueFilter, QueueLeft, 'operator'),
  /** Puts a part behind all others of the queue. */
  'review.putOff': call(byId, z.object({}), 'operator'),
  /** Escapes and false alarms of a period, with their intervals. */
  'review.rates': call(LineRatesRequest, LineRates, 'operator'),
  /** The same word on many parts, taken back as one. */
  'review.sayMany': call(SayManyRequest, WordBatch, 'supervisor'),
  /** `kept`: parts on which somebody has said something since; they stay as they are. */
  'review.takeBack': call(byId, z.object({ batch: WordBatch, kept: z.number().int() }), 'supervisor'),
  'review.batches': call(nothing, z.object({ batches: z.array(WordBatch) }), 'operator'),
  /** Share of a product's OK parts that is drawn for a human to look at. */
  'review.sampling': call(z.object({ productId: Id }), Sampling, 'operator'),
  'review.setSampling': call(Sampling.pick({ productId: true, perTenThousand: true }), Sampling, 'qa'),
  'review.limits': call(z.object({ productId: Id }), z.object({ samples: z.array(LimitSample) }), 'operator'),
  'review.addLimit': call(NewLimitSample, LimitSample, 'qa'),
  'review.removeLimit': call(byId, nothing, 'qa'),
  /** Results of later tests: what the file holds, what an import would do, and the import. */
  'downstream.read': call(z.object({ path: FilePath }), DownstreamTable, 'qa'),
  'downstream.check': call(DownstreamRequest, DownstreamCheck, 'qa'),
  'downstream.import': call(DownstreamImport, WordBatch, 'qa'),
  /** What a change has saved, from what was measured before and after it. */
  'roi.read': call(z.object({ productId: Id }), RoiStart, 'operator'),
  'roi.reckon': call(RoiRequest, Roi, 'operator'),
  'roi.save': call(RoiRequest, nothing, 'qa'),
  'shiftReport.status': call(nothing, ShiftReportStatus, 'operator'),
  /** Of the shift that ended last, at once; refused while no folder is chosen. */
  'shiftReport.write': call(nothing, ShiftReportStatus, 'supervisor'),
  /** One measure of a period in groups, with the limits of its control chart. */
  'trend.chart': call(ChartRequest, TrendChart, 'operator'),
  /** What was done to the line, for the time axis. */
  'trend.annotations': call(TrendPeriod, z.object({ annotations: z.array(Annotation) }), 'operator'),
  /** Why good parts were called NG, the commonest cause first. */
  'trend.causes': call(TrendPeriod, z.object({ causes: z.array(FalseAlarmCause) }), 'operator'),
  /** Something done to the line that Kenro cannot know of, e.g. a lens that was cleaned. */
  'intervention.note': call(
    z.object({ text: z.string().trim().min(1).max(300), productId: Id.nullable() }),
    nothing,
    'operator',
  ),

  'update.state': call(nothing, UpdateState, 'operator'),
  /** What an update file is, once its signature has been found to be right. */
  'update.look': call(z.object({ path: FilePath }), UpdateOffer, 'admin'),
  /** Puts another version in the place of this one; Kenro ends a moment later. */
  'update.install': call(UpdateRequest, UpdateStarted, 'admin'),

  'lineStop.rules': call(z.object({ productId: Id }), StopRules, 'operator'),
  /** From the next part on. */
  'lineStop.setRules': call(
    z.object({ productId: Id, rules: StopRules, reason: Reason }),
    StopRules,
    'supervisor',
  ),
  'lineStop.list': call(StopRequest, StopList, 'operator'),
  /** The line may go on: its count starts anew. */
  'lineStop.acknowledge': call(z.object({ id: Id, reason: Reason }), LineStop, 'operator'),
  'lineStop.mute': call(z.object({ id: Id, reason: Reason }), LineStop, 'operator'),

  /** Backups in the folder of the plan, or in another one. */
  'backup.status': call(z.object({ folder: FilePath.nullable() }), BackupStatus, 'supervisor'),
  'backup.make': call(nothing, Job, 'admin'),
  /** Reads a backup through. */
  'backup.check': call(z.object({ path: FilePath }), Job, 'admin'),
  /**
   * Checks a backup and begins anew on it; the present data is kept aside. Signed, unless there is no administrator yet who could
   * sign: on a new computer.
   */
  'backup.restore': call(
    z.object({ path: FilePath, signature: Signature.nullable(), reason: Reason }),
    Job,
    'admin',
  ),
  /** Reads all of the database, indexes too. */
  'backup.checkDatabase': call(nothing, Job, 'admin'),
  'storage.forecast': call(nothing, StorageForecast, 'supervisor'),
  /** A product with its models as one file for another station, signed by the station's own key or by one of the plant. */
  'product.export': call(
    z.object({ id: Id, folder: FilePath, signer: PlantSigner.nullable().default(null) }),
    Job,
    'qa',
  ),
  /** `name` instead of its own, where that is taken. */
  'product.import': call(z.object({ path: FilePath, name: Name.nullable() }), Job, 'qa'),
  /** One whose signature is missing or does not count. */
  'product.importUntrusted': call(
    z.object({ path: FilePath, name: Name.nullable(), reason: Reason }),
    Job,
    'admin',
  ),

  'audit.page': call(
    z.object({
      before: Id.nullable(),
      limit: z.number().int().min(1).max(500),
      filter: AuditFilter.default(wholeTrail),
    }),
    z.object({ entries: z.array(AuditEntry), older: z.boolean() }),
    'operator',
  ),

  /** Slowed down while the PIN or password is wrong. */
  'people.signIn': call(z.object({ id: Id, secret: Secret }), SessionState, 'operator'),
  'people.signOut': call(nothing, SessionState, 'operator'),
  /** Somebody is at the page: they are not signed out yet. */
  'people.stay': call(nothing, nothing, 'operator'),
  /** Refused where there is an administrator. */
  'people.makeFirstAdmin': call(z.object({ name: PersonName, ...newSecret }), recoveryCode, 'operator'),
  /** A new PIN or password for an administrator, in exchange for the recovery code. */
  'people.recover': call(z.object({ id: Id, code: Secret, ...newSecret }), recoveryCode, 'operator'),
  'people.changeOwnSecret': call(z.object({ old: Secret, ...newSecret }), Person, 'operator'),
  'people.add': call(z.object({ name: PersonName, role: Role, ...newSecret }), Person, 'admin'),
  'people.change': call(
    z.object({ id: Id, role: Role.optional(), active: z.boolean().optional() }),
    Person,
    'admin',
  ),
  'people.resetSecret': call(z.object({ id: Id, ...newSecret }), Person, 'admin'),
  'people.renewRecoveryCode': call(nothing, recoveryCode, 'admin'),

  /** Recomputes the whole chain; `audit.verifying` tells how far it is. */
  'audit.verify': call(nothing, AuditCheck, 'operator'),
  'notice.dismiss': call(z.object({ index: z.number().int().nonnegative() }), nothing, 'operator'),
} as const;

/**
 * The lowest role that may make a call.
 * @param request parsed; some calls ask more of one that changes more
 */
export function roleFor(name: ChannelName, request: object): Role {
  const role: Role | ((request: never) => Role) = channels[name].role;
  return typeof role === 'string' ? role : role(request as never);
}

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
