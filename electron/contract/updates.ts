import { z } from 'zod';
import { FilePath, Sha256, TimeMs } from './basics.ts';
import { Reason } from './people.ts';

export const ProgramVersion = z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/);

/** What stands, signed, at the head of an update file. */
export const UpdateManifest = z.strictObject({
  product: z.literal('kenro'),
  version: ProgramVersion,
  platform: z.enum(['linux', 'win32', 'darwin']),
  arch: z.enum(['x64', 'arm64']),
  /** Name of the installer in the file; its ending says of which kind it is. */
  installer: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,120}\.(exe|AppImage|deb|dmg)$/),
  sizeBytes: z.int().positive(),
  sha256: Sha256,
  /** Newest schema of the database that this version knows. */
  schemaVersion: z.int().positive(),
});
export type UpdateManifest = z.infer<typeof UpdateManifest>;

/** What installing a version would mean here. */
export const UpdateOffer = z.object({
  version: ProgramVersion,
  sizeBytes: z.int().positive(),
  step: z.enum(['newer', 'same', 'older']),
  /**
   * When the copy of the database was made that an older version goes on with, since it does not understand the one
   * in use; what came after it stays in a file of its own. `null`: the database stays.
   */
  restoredFromMs: TimeMs.nullable(),
  /** What somebody has to do with the installer, where Kenro cannot; `{file}` stands for it. */
  byHand: z.enum(['deb', 'dmg']).nullable(),
});
export type UpdateOffer = z.infer<typeof UpdateOffer>;

export const UpdateState = z.object({
  version: z.string(),
  /** Why no update can be installed: not an installed program, or one that was made without a key. */
  obstacle: z.enum(['notInstalled', 'noKey']).nullable(),
  /** The version before, kept to go back to. */
  previous: UpdateOffer.nullable(),
});
export type UpdateState = z.infer<typeof UpdateState>;

export const UpdateRequest = z.object({
  /** An update file; `null` = the version before, which was kept. */
  path: FilePath.nullable(),
  reason: Reason,
});

/** Kenro ends a moment later. */
export const UpdateStarted = z.object({
  version: ProgramVersion,
  /** Where the installer lies, if somebody has to start it. */
  installer: FilePath.nullable(),
});
export type UpdateStarted = z.infer<typeof UpdateStarted>;
