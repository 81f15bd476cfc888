import { z } from 'zod';
import { ErrorInfo } from './errors.ts';

export const shiftFormats = ['pdf', 'html', 'csv'] as const;
export const ShiftFormat = z.enum(shiftFormats);
export type ShiftFormat = z.infer<typeof ShiftFormat>;

/** When reports on the time since the last one are written, and where. */
export const ShiftSchedule = z.object({
  /** `null`: none are written. */
  folder: z.string().min(1).max(4096).nullable(),
  /** Of day, by the time of this computer, `HH:MM`. */
  times: z
    .array(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/))
    .min(1)
    .max(24),
  formats: z.array(ShiftFormat).min(1),
});
export type ShiftSchedule = z.infer<typeof ShiftSchedule>;

const TimeMs = z.number().int().nonnegative();
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
