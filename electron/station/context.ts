import type { AuditAction } from '../contract/domain.ts';
import type { ErrorInfo } from '../contract/errors.ts';
import type { EngineClient } from '../engine/client.ts';
import type { Probing } from '../learning/probing.ts';
import type { PlantKeys } from '../learning/signing/plantKeys.ts';
import type { StationKey } from '../learning/signing/stationKey.ts';
import type { Classifiers } from '../learning/classifiers.ts';
import type { Jobs } from '../learning/jobs.ts';
import type { OnDemandEngine } from '../learning/onDemandEngine.ts';
import type { Retraining } from '../learning/retraining.ts';
import type { RunRecords } from '../learning/runRecords.ts';
import type { Teaching } from '../learning/teaching.ts';
import type { TeachScreening } from '../learning/teachScreening.ts';
import type { Rollouts } from '../rollout/rollouts.ts';
import type { DataPaths } from '../platform/paths.ts';
import { appendAudit } from '../store/audit.ts';
import { transaction, type WritableDb } from '../store/db.ts';
import type { AuditAnchor } from './audit/auditAnchor.ts';
import type { Backups } from './backups/backups.ts';
import type { DatabaseChecks } from './backups/databaseChecks.ts';
import type { PictureRetention } from './backups/pictureRetention.ts';
import type { Carrying } from './carry/carrying.ts';
import type { Catalogue } from './catalogue.ts';
import type { DriftWatcher } from './drift/driftWatcher.ts';
import type { LineStops } from './lineStops/lineStops.ts';
import type { ModelReports } from './modelReports.ts';
import type { People } from './people/people.ts';
import type { ParityGate } from './parity/parityGate.ts';
import type { Providers } from './providers/providers.ts';
import type { Reporting } from './reporting.ts';
import type { AuditSampling } from './review/auditSampling.ts';
import type { LiveSources } from './sources/liveSources.ts';
import type { StationOptions } from './station.ts';
import type { Tally } from './tally.ts';

/** The rooms of a running station, for those who answer its pages. */
export interface StationContext {
  readonly options: StationOptions;
  readonly paths: DataPaths;
  readonly db: WritableDb;
  readonly engine: EngineClient;
  readonly trainEngine: OnDemandEngine;
  readonly catalogue: Catalogue;
  readonly sources: LiveSources;
  readonly tally: Tally;
  readonly lineStops: LineStops;
  readonly jobs: Jobs;
  readonly teaching: Teaching;
  readonly screening: TeachScreening;
  readonly probing: Probing;
  readonly plantKeys: PlantKeys;
  readonly stationKey: StationKey;
  readonly classifiers: Classifiers;
  readonly retraining: Retraining;
  /** Of retrainings, earlier ones too. */
  readonly records: RunRecords;
  readonly reporting: Reporting;
  readonly modelReports: ModelReports;
  readonly providers: Providers;
  readonly gate: ParityGate;
  readonly drift: DriftWatcher;
  readonly rollouts: Rollouts;
  /** Who is signed in, and signatures. */
  readonly people: People;
  /** Verifies the audit trail. */
  readonly auditAnchor: AuditAnchor;
  readonly sampling: AuditSampling;
  readonly backups: Backups;
  readonly databaseChecks: DatabaseChecks;
  readonly pictureRetention: PictureRetention;
  readonly carrying: Carrying;
  readonly notices: ErrorInfo[];
  /** Has the engine open the detectors in use, and asks again where they are to be judged. */
  warmUp(): void;
}

/** Makes a change and writes it into the audit trail with the name of who asked for it, both or neither. */
export function audited<Result>(
  { db, options }: Pick<StationContext, 'db' | 'options'>,
  action: AuditAction,
  work: () => { result: Result; detail: Record<string, unknown> },
): Result {
  return transaction(db, () => {
    const { result, detail } = work();
    appendAudit(db, { action, detail }, options.clock.nowMs());
    return result;
  });
}
