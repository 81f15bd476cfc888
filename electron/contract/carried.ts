import { z } from 'zod';
import { BackupFile } from './backups.ts';
import { Model, Name } from './domain.ts';
import { SignatureFile } from './signing.ts';
import { ProductSmoothing } from './smoothing.ts';

/** A detector without what it is only at one station. */
export const CarriedModel = Model.omit({
  id: true,
  productId: true,
  createdMs: true,
  parity: true,
  previousThresholds: true,
  trust: true,
  probe: true,
}).extend({
  /** It counts where its key is trusted; absent = unsigned. */
  signature: SignatureFile.nullish(),
});
export type CarriedModel = z.infer<typeof CarriedModel>;

/**
 * First part of a product's file: what it holds. No person, password, verdict or picture of the line but those that the
 * models are compared on.
 */
export const CarriedProduct = z.object({
  format: z.literal(1),
  /** Version of Kenro that wrote it. */
  app: z.string().max(60),
  name: Name,
  smoothing: ProductSmoothing.nullable(),
  models: z.array(CarriedModel).max(1_000),
  /** In the order of their contents. */
  files: z.array(BackupFile).max(100_000),
});
export type CarriedProduct = z.infer<typeof CarriedProduct>;
