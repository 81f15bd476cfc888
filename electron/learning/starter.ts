import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { DemoPart, Name, Preprocess, Sha256 } from '../contract/domain.ts';
import { ReferencePart } from '../contract/engine.ts';
import { KenroError } from '../contract/errors.ts';
import { errorCode } from '../platform/durableFile.ts';

/** What `manifest.json` beside the shipped models says of them; what else it says is for those who rebuild them. */
const StarterManifest = z.object({
  /** Feature extractors, the one to teach on when nobody chose another first. */
  backbones: z
    .array(
      z.object({
        file: z.string(),
        sha256: Sha256,
        name: Name,
        preprocess: Preprocess,
        features: z.array(z.string()).min(1),
      }),
    )
    .min(1),
  /** Detectors for the parts of the demo line; each file carries its own card. */
  detectors: z.array(
    z.object({
      file: z.string(),
      sha256: Sha256,
      name: Name,
      part: DemoPart,
      /** What it gave for drawn parts when it was made. */
      reference: z.array(ReferencePart).optional(),
    }),
  ),
});
export type StarterManifest = z.infer<typeof StarterManifest>;

/**
 * Reads what ships with Kenro.
 * @throws {KenroError} `modelMissing` when the installation is incomplete
 */
export async function readStarterManifest(starterDir: string): Promise<StarterManifest> {
  const path = join(starterDir, 'manifest.json');
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if (errorCode(thrown) !== 'ENOENT') throw thrown;
    throw new KenroError('modelMissing', { file: path }, { cause: thrown });
  });
  return StarterManifest.parse(JSON.parse(text));
}

/** A feature extractor that ships with Kenro. */
export interface StarterBackbone {
  readonly path: string;
  readonly sha256: string;
  readonly name: string;
  readonly preprocess: Preprocess;
  readonly features: string[];
}

/** The feature extractor to teach on when nobody chose another. Throws as `readStarterManifest`. */
export async function readStarterBackbone(starterDir: string): Promise<StarterBackbone> {
  return (await readStarterBackbones(starterDir))[0]!;
}

/** One by the name of its file without the ending, e.g. `starterBackbone`; null = none is called that. Throws likewise. */
export async function findStarterBackbone(starterDir: string, name: string): Promise<StarterBackbone | null> {
  const all = await readStarterBackbones(starterDir);
  return all.find(({ path }) => basename(path, '.onnx') === name) ?? null;
}

/** All of them, the usual one first. Throws likewise. */
export async function readStarterBackbones(starterDir: string): Promise<StarterBackbone[]> {
  const { backbones } = await readStarterManifest(starterDir);
  return backbones.map(({ file, ...backbone }) => ({ ...backbone, path: join(starterDir, file) }));
}
