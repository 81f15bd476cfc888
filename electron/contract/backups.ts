import { z } from 'zod';
import { FilePath, Sha256, TimeMs } from './basics.ts';
import { ErrorInfo } from './errors.ts';

const Bytes = z.number().int().nonnegative();

/** Where copies of the whole station are put, how often, and how many stay. */
export const BackupPlan = z.object({
  /** E.g. on another disk or a share of the network. `null`: only the copies beside the database are made. */
  folder: FilePath.nullable(),
  everyHours: z.number().int().min(1).max(720),
  keep: z.number().int().min(1).max(365),
});
export type BackupPlan = z.infer<typeof BackupPlan>;

/** A file of a backup. `path` is relative, with `/`, and never leads out of the folder it is put into. */
export const BackupFile = z.object({
  path: z
    .string()
    .max(400)
    .regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*){0,4}$/),
  bytes: Bytes,
  sha256: Sha256,
});
export type BackupFile = z.infer<typeof BackupFile>;

/** `backup.json`: written last, so that a folder that has one is whole. */
export const BackupManifest = z.object({
  format: z.literal(1),
  /** Version of Kenro that made it. */
  app: z.string().max(60),
  schema: z.number().int().positive(),
  /** The same for all backups of one station, however often it was restored. */
  station: z.string().regex(/^[0-9a-f]{12}$/),
  madeMs: TimeMs,
  parts: z.number().int().nonnegative(),
  /** Time of the newest part in it. */
  lastPartMs: TimeMs.nullable(),
  database: BackupFile,
  /** Models and backbones, below `models` beside the backups, each once however many backups have it. */
  models: z.array(BackupFile),
});
export type BackupManifest = z.infer<typeof BackupManifest>;

/** A backup in a folder. */
export const BackupSet = z.object({
  path: z.string(),
  app: z.string(),
  madeMs: TimeMs,
  parts: z.number().int().nonnegative(),
  lastPartMs: TimeMs.nullable(),
  /** Database and models together. */
  bytes: Bytes,
  /** Of this station, not of another one. */
  isOwn: z.boolean(),
});
export type BackupSet = z.infer<typeof BackupSet>;

/** What the last check of the database found. */
export const DatabaseCheck = z.object({ timeMs: TimeMs, isSound: z.boolean(), isWhole: z.boolean() });
export type DatabaseCheck = z.infer<typeof DatabaseCheck>;

export const BackupStatus = z.object({
  /** Newest first. */
  sets: z.array(BackupSet),
  /** Copies of the database beside it, newest first. */
  localMs: z.array(TimeMs),
  /** `null` while no folder is chosen. */
  nextMs: TimeMs.nullable(),
  /** Why the last attempt failed; it is tried again. */
  error: ErrorInfo.nullable(),
  check: DatabaseCheck.nullable(),
});
export type BackupStatus = z.infer<typeof BackupStatus>;

/** How long pictures of OK parts stay. Those of NG and REVIEW parts, and of parts a person judged, always do. */
export const Retention = z.object({
  /** `null`: for ever. */
  okDays: z.number().int().min(1).max(3650).nullable(),
  /** Of all pictures together; the oldest OK go first. `null`: as much as the disk takes. */
  mostGb: z.number().min(0.1).max(1_000_000).nullable(),
});
export type Retention = z.infer<typeof Retention>;

/** How full the disk is, and when it will be, by what came in lately. */
export const StorageForecast = z.object({
  freeBytes: Bytes,
  databaseBytes: Bytes,
  /** Of all kept pictures. */
  pictures: z.number().int().nonnegative(),
  pictureBytes: Bytes,
  /** Pictures that retention may delete. */
  okPictures: z.number().int().nonnegative(),
  /** Of the last days; `null` before a day is on record. */
  partsADay: z.number().nonnegative().nullable(),
  bytesADay: z.number().nonnegative().nullable(),
  /** Until the disk is full with the retention as it is; `null` where it is not within ten years, or not known. */
  daysLeft: z.number().int().nonnegative().nullable(),
});
export type StorageForecast = z.infer<typeof StorageForecast>;
