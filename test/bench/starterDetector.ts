import { join } from 'node:path';
import type { DemoPart } from '../../electron/contract/domain.ts';
import { readStarterManifest } from '../../electron/learning/starter.ts';
import { places } from '../../electron/platform/places.ts';

/** The shipped detector for a part of the demo line. */
export async function starterDetector(part: DemoPart): Promise<{ path: string; sha256: string }> {
  const { detectors } = await readStarterManifest(places.starterDir);
  const detector = detectors.find((each) => each.part === part);
  if (!detector) throw new Error(`no detector for ${part} ships`);
  return { path: join(places.starterDir, detector.file), sha256: detector.sha256 };
}
