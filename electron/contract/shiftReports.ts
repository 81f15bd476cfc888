import { z } from 'zod';
import { FilePath, TimeMs } from './basics.ts';
import { ErrorInfo } from './errors.ts';

export const shiftFormats = ['pdf', 'html', 'csv'] as const;
export const ShiftFormat = z.enum(shiftFormats);
export type ShiftFormat = z.infer<typeof ShiftFormat>;

/** Where reports on shifts are written when they end, and as what. */
export const ShiftSchedule = z.object({
  /** `null`: none are written. */
  folder: FilePath.nullable(),
  formats: z.array(ShiftFormat).min(1),
  /** With each, one on every rollout that is under way or has ended since the last. */
  rollouts: z.boolean().default(true),
});
export type ShiftSchedule = z.infer<typeof ShiftSchedule>;

export const ShiftReportStatus = z.object({
  /** Of the newest report; `null`: none was written yet. */
  writtenMs: TimeMs.nullable(),
  /** Names of its files, of those written since the start. */
  files: z.array(z.string()),
  /** `null` while no folder is chosen. */
  nextMs: TimeMs.nullable(),
  /** Why the last attempt failed; it is tried again. */
  error: ErrorInfo.nullable(),
});
export type ShiftReportStatus = z.infer<typeof ShiftReportStatus>;
