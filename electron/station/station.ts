import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Handlers } from '../contract/channels.ts';
import type { EngineState, Model } from '../contract/domain.ts';
import { toErrorInfo, type ErrorInfo } from '../contract/errors.ts';
import type { EngineRequest } from '../contract/engine.ts';
import type { Emit } from '../contract/events.ts';
import type { EngineClient } from '../engine/client.ts';
import { startEngine, type EngineOptions } from '../engine/startEngine.ts';
import { Classifiers } from '../learning/classifiers.ts';
import { Jobs } from '../learning/jobs.ts';
import { OnDemandEngine } from '../learning/onDemandEngine.ts';
import { Probing } from '../learning/probing.ts';
import { finishRemovals } from '../learning/removeRun.ts';
import { Retraining } from '../learning/retraining.ts';
import { RunRecords } from '../learning/runRecords.ts';
import { PlantKeys } from '../learning/signing/plantKeys.ts';
import { StationKey } from '../learning/signing/stationKey.ts';
import { Teaching } from '../learning/teaching.ts';
import { TeachScreening } from '../learning/teachScreening.ts';
import { Turns } from '../learning/turns.ts';
import { Rollouts } from '../rollout/rollouts.ts';
import type { StatusOptions } from '../rollout/status.ts';
import type { Clock } from '../platform/clock.ts';
import { asDiskError, dropDrafts } from '../platform/durableFile.ts';
import { lockFolder } from '../platform/folderLock.ts';
import type { Launcher } from '../platform/launcher.ts';
import type { Log } from '../platform/log.ts';
import { dataPaths, type DataPaths } from '../platform/paths.ts';
import type { Uniform } from '../platform/random.ts';
import { appendAudit } from '../store/audit.ts';
import type { PrintPdf } from '../report/renderAs.ts';
import { backUpRegularly } from '../store/backupSchedule.ts';
import { recordInspections } from '../store/inspections.ts';
import { countKeptOk } from '../store/keptPictures.ts';
import { LogFlush } from '../store/logFlush.ts';
import { migrations } from '../store/migrations/index.ts';
import type { Store } from '../store/open.ts';
import { recordShadows } from '../store/shadows.ts';
import { stationAsset } from './assets.ts';
import { AuditAnchor } from './audit/auditAnchor.ts';
import { Backups } from './backups/backups.ts';
import { DatabaseChecks } from './backups/databaseChecks.ts';
import { openData } from './backups/openData.ts';
import { PictureRetention } from './backups/pictureRetention.ts';
import { Carrying } from './carry/carrying.ts';
import { Catalogue } from './catalogue.ts';
import type { OpenPage } from './dispatch.ts';
import { DriftWatcher } from './drift/driftWatcher.ts';
import { backupHandlers } from './handlers/backupHandlers.ts';
import { classifierHandlers } from './handlers/classifierHandlers.ts';
import { driftHandlers } from './handlers/driftHandlers.ts';
import { lineHandlers } from './handlers/lineHandlers.ts';
import { lineStopHandlers } from './handlers/lineStopHandlers.ts';
import { modelHandlers } from './handlers/modelHandlers.ts';
import { peopleHandlers } from './handlers/peopleHandlers.ts';
import { recordHandlers } from './handlers/recordHandlers.ts';
import { reportHandlers } from './handlers/reportHandlers.ts';
import { retrainHandlers } from './handlers/retrainHandlers.ts';
import { reviewHandlers } from './handlers/reviewHandlers.ts';
import { roiHandlers } from './handlers/roiHandlers.ts';
import { signingHandlers } from './handlers/signingHandlers.ts';
import { rolloutHandlers } from './handlers/rolloutHandlers.ts';
import { smoothingHandlers } from './handlers/smoothingHandlers.ts';
import { thresholdHandlers } from './handlers/thresholdHandlers.ts';
import { trendHandlers } from './handlers/trendHandlers.ts';
import { keepStation, type Restart } from './keepStation.ts';
import { LineStops } from './lineStops/lineStops.ts';
import { ModelReports } from './modelReports.ts';
import { OkPictures } from './okPictures.ts';
import { catchUp } from './parity/catchUp.ts';
import { People } from './people/people.ts';
import { ParityGate } from './parity/parityGate.ts';
import { Pipeline } from './pipeline.ts';
import { Providers } from './providers/providers.ts';
import { trialImages } from './providers/trialImages.ts';
import { Reporting } from './reporting.ts';
import { RolloutRobustness } from './rolloutRobustness.ts';
import { AuditSampling } from './review/auditSampling.ts';
import { roiFile } from './roi/roiAsset.ts';
import { rolloutReportFile } from './rolloutReport/rolloutReportFile.ts';
import { ShiftReports } from './shiftReports/shiftReports.ts';
import { LiveSources } from './sources/liveSources.ts';
import { setUpStarter } from './starter.ts';
import { Tally } from './tally.ts';
import { Updates, type Installer } from './updates/updates.ts';

export type EngineRole = 'inspect' | 'train';

/** Starts one engine process; `onState` is told of every change. Tests put a fake in its place. */
export type StartEngine = (
  role: EngineRole,
  onState: (state: EngineState) => void,
  onFallback?: EngineOptions['onFallback'],
) => EngineClient;

export interface StationOptions {
  /** Everything the station keeps lives below it; made when it is not there. */
  dataDir: string;
  version: string;
  shell: 'electron' | 'browser';
  clock: Clock;
  random: Uniform;
  launcher: Launcher;
  /** The engine's entry module where the application is bundled; otherwise its source. */
  engineModule?: string;
  /** Folder of the shipped models with their `manifest.json`. */
  starterDir: string;
  /** Folder of the handbook, as it was built. */
  handbookDir: string;
  log: Log;
  /** Tells every open page. */
  emit: Emit;
  startEngine?: StartEngine;
  /** How this shell prints a report. */
  printPdf: PrintPdf;
  /** How this shell puts another version in its place, where it can. */
  installer?: Installer;
}

/** What a shell sends for a path beside the page; the same in both shells. */
export interface AssetResponse {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array | AsyncIterable<Uint8Array>;
}

/** A running station: all the shells need to know of it. */
export interface Station {
  readonly handlers: Handlers;
  /** A page has been opened: who calls from it. To be closed with it. @param tell tells this page alone */
  openPage(tell: Emit): OpenPage;
  /**
   * Answers GET of `assetPaths` of the contract.
   * @param path with its query, e.g. `/picture/17?side=800`. Returns `null` for any path that is not the
   *   station's (the shell then looks among the page's own files).
   */
  assets(path: string): Promise<AssetResponse | null>;
  /** Puts what is finished on record, ends the engines and closes the store. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Opens the data folder, starts the inspection engine and every source that is not paused.
 * @throws {KenroError} `databaseNewer`, `databaseLocked`, `diskFull`, `diskReadOnly`, `conflict` (another station
 *   uses the folder).
 */
export async function startStation(options: StationOptions): Promise<Station> {
  const paths = dataPaths(options.dataDir);
  await mkdir(paths.root, { recursive: true }).catch((thrown: unknown) => {
    throw asDiskError(thrown, paths.root);
  });
  const lock = await lockFolder(paths.root);
  try {
    const { clock, version: app, emit, log } = options;
    return await keepStation({
      begin: async (restart) => {
        const store = await openData(paths, { clock, app });
        for (const folder of [paths.root, paths.models]) {
          await dropDrafts(folder).catch((thrown: unknown) => log.warn('drafts are left', thrown));
        }
        return runStation(options, paths, store, restart);
      },
      end: () => lock.release(),
      emit,
      monotonicMs: () => clock.monotonicMs(),
      onBug: (thrown) => log.error('the station did not begin anew', thrown),
    });
  } catch (thrown) {
    await lock.release();
    throw thrown;
  }
}

async function runStation(
  options: StationOptions,
  paths: DataPaths,
  { db, notices }: Store,
  restart: Restart,
): Promise<Station> {
  const { clock, random, log, emit } = options;
  const onBug = (thrown: unknown) => log.error('bug', thrown);
  const start = options.startEngine ?? engineStarter(options, paths);

  let pipeline: Pipeline | null = null;
  const engine = start(
    'inspect',
    (state) => {
      emit('engine.changed', state);
      pipeline?.pump();
    },
    (provider, error) => providers.failed(provider, error),
  );
  const trainEngine = new OnDemandEngine(() => start('train', () => undefined));
  const gate = new ParityGate({
    ...{ db, clock, engine, modelsDir: paths.models },
    images: (productId) => trialImages(db, paths.images, productId),
    onChecked: () => lists?.changed('models'),
  });
  const { anchor: auditAnchor, notice } = await AuditAnchor.start({
    db,
    clock,
    log,
    file: paths.auditAnchors,
  });
  if (notice) notices.push(notice);
  let lists: Catalogue | null = null;
  await setUpStarter({ db, options, paths, engine, notices, gate });
  const stationKey = await StationKey.open({
    ...{ db, clock, host: hostname() },
    file: join(paths.keys, 'station.pem'),
  });

  const catalogue = new Catalogue(db, paths.models, emit);
  lists = catalogue;
  const people = new People({
    ...{ db, clock, emit },
    signOutAfterMinutes: () => catalogue.settings.signOutAfterMinutes,
  });
  const tally = new Tally(db, clock, emit);
  const lineStops = new LineStops({
    ...{ db, clock, onBug },
    model: (id) => catalogue.models.find((model) => model.id === id),
    onChanged: (open) => emit('lineStops.changed', open),
  });
  lineStops.start(catalogue.sources);
  const records = new RunRecords(paths.runs, log);
  const jobs = new Jobs({
    clock,
    onChanged: (job) => {
      emit('job.changed', job);
      records.keep(job);
    },
    onRemoved: (id) => emit('job.removed', { id }),
    onBug,
  });
  const providers = new Providers({
    ...{ clock, engine, onBug },
    file: paths.providers,
    config: inspectConfig(paths),
    // At the same low priority as a training: parts go first.
    startTrial: () => start('train', () => undefined),
    wanted: () => catalogue.settings.provider,
    memoryMb: () => catalogue.settings.deviceMemoryMb,
    inUse: () => catalogue.inUse(),
    images: (productId) => trialImages(db, paths.images, productId),
    onChanged: (state) => emit('provider.changed', state),
    audit: (action, detail) => appendAudit(db, { actor: 'station', action, detail }, clock.nowMs()),
  });
  const warmUp = () => {
    warmUpModels(engine, catalogue, log);
    providers.follow().catch(onBug);
  };
  const onModel = () => catalogue.changed('models');
  const activate = async ({ id }: Model, reason: string) => {
    await gate.activate(id, { actor: 'station', reason });
    catalogue.changed('products');
    warmUp();
  };
  const sign = (model: Model) => stationKey.sign(model);
  const working = { db, clock, paths, engine: trainEngine, jobs, turns: new Turns(), onModel };
  const probing = new Probing(working);
  const probeForeign = probing.afterImport.bind(probing);
  const making = { ...working, sign, activate, probeForeign };
  const teaching = new Teaching(making);
  const screening = new TeachScreening(making);
  const classifiers = new Classifiers(making);
  const retraining = new Retraining({
    ...{ db, clock, paths, engine: trainEngine, jobs, records, sign, onModel },
  });
  await finishRemovals(paths.runs, log);
  const { version } = options;
  const reporting = new Reporting({ clock, version, paths, engine: trainEngine, jobs, retraining });
  const modelReports = new ModelReports({ db, clock, version, paths, engine: trainEngine, jobs, log });
  const drift = new DriftWatcher({
    ...{ db, clock },
    watch: (job) => trainEngine.use((trainer) => trainer.call('watchDrift', job)),
    onChanged: (productId) => emit('drift.changed', { productId }),
    onAlarm: ({ productId, features }) => {
      log.warn('drift', { productId, feature: features[0]?.feature });
      lineStops.drifted(productId);
    },
    onFailure: (thrown) => log.error('drift is not watched', thrown),
  });
  const okPictures = new OkPictures({
    oneIn: () => catalogue.settings.keepOneOkIn,
    random,
    count: (productId, limit) => countKeptOk(db, productId, limit),
  });
  const keepsOk = (sourceId: number) => {
    const productId = catalogue.sources.find(({ id }) => id === sourceId)?.productId;
    return (
      teaching.collectsFrom(sourceId) ||
      drift.wantsPicture(productId) ||
      (productId !== undefined && okPictures.wants(productId))
    );
  };
  const robustness = new RolloutRobustness({ db, nowMs: () => clock.nowMs(), modelReports, reporting });
  const weighing: Omit<StatusOptions, 'db'> = {
    weigh: (job) => engine.call('weighRollout', job),
    robustness: (rollout) => robustness.find(rollout),
  };
  const rollouts = new Rollouts({
    ...{ db, clock, random, onBug },
    ...weighing,
    admit: (modelId, actor) => gate.admit(modelId, actor),
    onChanged: () => {
      catalogue.changed('rollouts', 'products');
      warmUp();
    },
  });
  const sampling = new AuditSampling(db, random);
  const line = new Pipeline({
    engine,
    clock,
    record: (parts) => recordInspections(db, parts),
    context: (part) => catalogue.context(part),
    recordShadow: (shadow) => {
      recordShadows(db, [shadow]);
      rollouts.recorded();
    },
    keepsOk,
    measures: (sourceId) => drift.measures(sourceId),
    draws: (productId, key, timeMs) => sampling.draw(productId, key, timeMs),
    onRecorded: (parts) => {
      tally.recorded(parts);
      okPictures.recorded(parts);
      drift.recorded(parts);
      lineStops.recorded(parts.map(({ inspection }) => inspection));
      for (const { inspection } of parts) teaching.partRecorded(inspection);
      if (catalogue.rollouts.length > 0) rollouts.recorded();
      sources.changed();
    },
    onHeld: (error) => {
      if (error) log.warn('parts cannot be put on record', error);
      // It is marked already: beginning anew restores the newest good copy, and the parts held are judged again.
      if (error?.kind === 'databaseCorrupt') restart('damage');
      sources.changed();
    },
    onBug,
  });
  const sources = new LiveSources({
    db,
    clock,
    pipeline: line,
    sourcesDir: join(paths.root, 'sources'),
    onStates: (states) => emit('sourceStates.changed', states),
    onBug,
  });
  pipeline = line;
  warmUpModels(engine, catalogue, log);
  providers.start().catch(onBug);
  const stopCatchUp = catchUp({
    ...{ gate, onBug },
    inUse: () => catalogue.modelsInUse(),
    onDiffering: (notice) => {
      notices.push(notice);
      emit('notices.changed', [...notices]);
    },
  });
  const notify = (notice: ErrorInfo) => {
    if (notices.some(({ kind }) => kind === notice.kind)) return;
    notices.push(notice);
    emit('notices.changed', [...notices]);
  };
  const stopBackups = backUpRegularly(db, paths, {
    clock,
    onFailure: (thrown) => {
      log.error('no copy of the database could be made', thrown);
      notify(toErrorInfo(thrown));
    },
  });
  const backups = new Backups({
    ...{ db, paths, clock, log, version, jobs, onFailure: notify },
    plan: () => catalogue.settings.backups,
    restart: () => restart('restore'),
  });
  const logFlush = new LogFlush(db.name, {
    onFailure: (thrown) => log.error('the log of the database could not be flushed', thrown),
  });
  const databaseChecks = new DatabaseChecks({ db, clock, jobs, onBug, onDamage: () => restart('damage') });
  const pictureRetention = new PictureRetention({
    ...{ db, paths, clock, onBug, onExceeding: notify },
    retention: () => catalogue.settings.retention,
  });
  const carrying = new Carrying({
    ...{ db, paths, clock, version, jobs },
    onImported: () => catalogue.changed('products', 'models'),
  });
  // A folder with very many files takes its time; the page need not wait for it.
  void rollouts
    .start()
    .catch(onBug)
    .then(() => sources.follow(catalogue.sources));

  const context = {
    options,
    paths,
    db,
    engine,
    trainEngine,
    catalogue,
    sources,
    tally,
    lineStops,
    jobs,
    teaching,
    screening,
    probing,
    stationKey,
    plantKeys: new PlantKeys({ db, clock, folder: paths.keys }),
    classifiers,
    retraining,
    records,
    reporting,
    modelReports,
    providers,
    gate,
    drift,
    rollouts,
    people,
    auditAnchor,
    sampling,
    backups,
    databaseChecks,
    pictureRetention,
    carrying,
    notices,
    warmUp,
  };
  const { printPdf } = options;
  const rolloutFile = rolloutReportFile({
    ...{ db, clock, engine, version, printPdf, imagesDir: paths.images },
    ...weighing,
  });
  const shiftReports = new ShiftReports({
    ...{ db, clock, engine, log, version, printPdf, rolloutFile },
    settings: () => catalogue.settings,
    onFailure: notify,
  });
  const updates = new Updates({
    ...{ paths, version },
    schemaVersion: migrations.at(-1)!.version,
    installer: options.installer ?? null,
    audit: (action, detail) => appendAudit(db, { action, detail }, clock.nowMs()),
  });
  let stopping: Promise<void> | null = null;
  return {
    handlers: {
      ...backupHandlers(context),
      ...classifierHandlers(context),
      ...driftHandlers(context),
      ...lineHandlers(context),
      ...lineStopHandlers(context),
      ...modelHandlers(context),
      ...peopleHandlers(context),
      ...recordHandlers(context),
      ...reportHandlers(context),
      ...retrainHandlers(context),
      ...reviewHandlers(context),
      ...roiHandlers(context),
      'update.state': () => updates.state(),
      'update.look': ({ path }) => updates.look(path),
      'update.install': ({ path, reason }) => updates.install(path, reason),
      'shiftReport.status': () => shiftReports.status(),
      'shiftReport.write': () => shiftReports.writeLast(),
      ...rolloutHandlers(context),
      ...signingHandlers(context),
      ...smoothingHandlers(context),
      ...thresholdHandlers(context),
      ...trendHandlers(context),
    },
    openPage: (tell) => people.openPage(tell),
    assets: (path) =>
      stationAsset(
        {
          ...{ db, engine, clock, retraining, probing, reporting, modelReports },
          ...{ printPdf, imagesDir: paths.images, rolloutFile, handbookDir: options.handbookDir },
          roiFile: (...asked) => roiFile(context, ...asked),
        },
        path,
      ),
    stop: () => {
      stopping ??= (async () => {
        stopCatchUp();
        await shiftReports.stop();
        people.stop();
        await line.stop();
        await rollouts.stop();
        await sources.stop();
        tally.flush();
        drift.flush();
        await providers.stop();
        const jobsEnded = jobs.stop();
        await trainEngine.stop();
        await jobsEnded;
        await records.flush();
        await engine.stop();
        await backups.stop();
        await databaseChecks.stop();
        await pictureRetention.stop();
        await auditAnchor.stop();
        await stopBackups();
        await logFlush.stop();
        db.close();
      })();
      return stopping;
    },
  };
}

function engineStarter(options: StationOptions, paths: DataPaths): StartEngine {
  const { launcher, engineModule } = options;
  return (role, onState, onFallback) =>
    startEngine({
      launcher,
      role,
      onState,
      ...(onFallback ? { onFallback } : {}),
      config: role === 'inspect' ? inspectConfig(paths) : { imagesDir: null, threads: 0, provider: 'cpu' },
      ...(engineModule === undefined ? {} : { modulePath: engineModule }),
    });
}

/** How the inspection engine starts: what else could judge has to be measured first. */
function inspectConfig({ images }: DataPaths): EngineRequest<'configure'> {
  return { imagesDir: images, threads: 0, provider: 'cpu' };
}

/** Has the engine open the detectors in use, so that the next part does not wait for it. */
function warmUpModels(engine: EngineClient, catalogue: Catalogue, log: Log): void {
  for (const { path, sha256, smoothed } of catalogue.inUse()) {
    // What is wrong with it is told with the first part.
    engine
      .call('load', { path, sha256, ...(smoothed ? { smoothed } : {}) })
      .catch((thrown: unknown) => log.warn('model not opened', thrown));
  }
}
