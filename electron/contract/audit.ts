import { z } from 'zod';

/** Which entries of the trail; `null` leaves a side open. */
export const AuditFilter = z.object({
  fromMs: z.number().int().nonnegative().nullable(),
  /** Not included. */
  toMs: z.number().int().nonnegative().nullable(),
  /** What stands before the dot of an action, e.g. `model`. */
  area: z
    .string()
    .regex(/^[a-zA-Z]{1,40}$/)
    .nullable(),
  /** Part of the actor's name or of the detail. */
  text: z.string().max(120).nullable(),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

export const wholeTrail: AuditFilter = { fromMs: null, toMs: null, area: null, text: null };

/**
 * What is wrong with the first broken entry. `changed`: it does not fit its own hash or the entry before. `missing`: it
 * is not there. `unreadable`: the database file is damaged there. `rewritten`: it and all after it fit each other, but not
 * the copies of the hashes beside the database.
 */
export const auditBreaks = ['changed', 'missing', 'unreadable', 'rewritten'] as const;
export const AuditBreak = z.enum(auditBreaks);
export type AuditBreak = z.infer<typeof AuditBreak>;

export const AuditCheck = z.object({
  /** Unbroken ones, from the first. */
  entries: z.number().int().nonnegative(),
  /** Id of the first entry that is not what was written; `null`: unbroken. */
  brokenAt: z.number().int().positive().nullable(),
  how: AuditBreak.nullable(),
  /** Hash of the last unbroken entry, hex. Kept elsewhere, it also proves that nothing was cut off at the end. */
  head: z.string(),
  /** So many of them have their hash beside the database too. */
  anchored: z.number().int().nonnegative(),
  /** Entries that were found missing at a start of the station, as the trail itself tells. */
  gaps: z.array(z.object({ from: z.number().int(), to: z.number().int(), foundMs: z.number().int() })),
});
export type AuditCheck = z.infer<typeof AuditCheck>;
