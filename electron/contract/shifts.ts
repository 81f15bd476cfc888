import { z } from 'zod';

/** A shift begins at these times of day of this computer, `HH:MM`; kept in order, each once. */
export const ShiftStarts = z
  .array(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/))
  .min(1)
  .max(24)
  .transform((times) => [...new Set(times)].sort());
