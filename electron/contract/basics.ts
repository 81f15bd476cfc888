import { z } from 'zod';

/** Milliseconds since 1970-01-01 UTC. */
export const TimeMs = z.number().int().nonnegative();
export const Id = z.number().int().positive();
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const Name = z.string().trim().min(1).max(120);
/** No system has names with a zero in them; where one stands, the name has been cut or is meant to be. */
export const FilePath = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => !path.includes('\0'));
