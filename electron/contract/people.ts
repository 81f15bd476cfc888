import { z } from 'zod';

/** From the least to the most that may be done; each may do what those before it may. */
export const roles = ['operator', 'supervisor', 'qa', 'admin'] as const;
export const Role = z.enum(roles);
export type Role = z.infer<typeof Role>;

/** Whether a role may do what `needed` is the lowest role for. */
export function reaches(own: Role, needed: Role): boolean {
  return roles.indexOf(own) >= roles.indexOf(needed);
}

/** What proves who somebody is: digits for a touch panel, or any text. */
export const secretKinds = ['pin', 'password'] as const;
export const SecretKind = z.enum(secretKinds);
export type SecretKind = z.infer<typeof SecretKind>;

export const secretLimits = {
  /** Digits. */
  pin: { min: 6, max: 12 },
  /** Characters. */
  password: { min: 8, max: 128 },
} as const;

/** As it is typed; whether it is good enough is judged where it is set. */
export const Secret = z.string().min(1).max(512);

/** Why something is done: kept in the audit trail. */
export const Reason = z.string().trim().min(1).max(500);

export const PersonName = z.string().trim().min(1).max(60);

/** Somebody who can sign in. Never deleted: the audit trail names them. */
export const Person = z.object({
  id: z.number().int().positive(),
  name: PersonName,
  role: Role,
  /** May sign in. */
  active: z.boolean(),
  secretKind: SecretKind,
  createdMs: z.number().int().nonnegative(),
});
export type Person = z.infer<typeof Person>;

/** Who is at a page. */
export const SessionState = z.object({
  /** `null`: nobody is signed in. */
  personId: z.number().int().positive().nullable(),
  /** What may be done at this page; `admin` for everybody until there is an administrator. */
  role: Role,
  /** Why nobody is signed in any more, where it was not the person's own wish. */
  ended: z.enum(['idle', 'deactivated', 'secretChanged']).optional(),
});
export type SessionState = z.infer<typeof SessionState>;

/** A password or PIN given once more, and why: what a decision that must not be made in passing asks for. */
export const Signature = z.object({ password: Secret, reason: Reason });
export type Signature = z.infer<typeof Signature>;

/** 25 characters of Crockford's base 32 in groups of five: 125 bits. */
export const RecoveryCode = z.string().regex(/^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/);
