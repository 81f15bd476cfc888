import { ModelError } from '../errors.ts';
import type { Picture } from '../images/picture.ts';
import { inputLength, planesOf, preprocessWithin, type Preprocess } from '../images/preprocess.ts';
import type { Model, Tensor } from '../onnx/ir.ts';
import { writeModel } from '../onnx/write.ts';
import { floatsOf, openSession, type Session, type SessionOptions } from '../runtime/session.ts';
import { allFinite } from '../runtime/finite.ts';
import {
  commonGrid,
  distanceOutput,
  patchGraph,
  patchOutput,
  tapBackbone,
  type TappedFeature,
} from './anomalyGraph.ts';
import type { Grid } from './graphParts.ts';

/** A backbone made ready for teaching: what its tapped tensors look like, and a way to run it. */
export interface PatchExtractor {
  readonly tapped: Model;
  readonly features: readonly TappedFeature[];
  readonly grid: Grid;
  /** Channels of all features together. */
  readonly dimensions: number;
  /**
   * Patch features of a picture, float32 [patches, dimensions].
   * @throws ModelError `outputNotFinite`, `imageBeyondCorrection`
   */
  patches(picture: Picture): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * @param features names of tensors inside the backbone
 * @throws ModelError as `tapBackbone` and `openSession`; `modelOutputMissing` for a feature that is no
 *   [N, C, H, W] tensor; `modelShapeUnresolved` when the network cannot take this input size
 */
export async function openPatchExtractor(
  backbone: Model,
  spec: Preprocess,
  features: readonly string[],
  options: SessionOptions = {},
): Promise<PatchExtractor> {
  const [height, width] = spec.size;
  const tapped = tapBackbone(backbone, features, planesOf(spec), { height, width });
  const input = inputOf(spec);
  const shapes = await measureFeatures(tapped, input, features, options);
  const grid = commonGrid(shapes);
  const session = await openSession(writeModel(patchGraph(tapped, shapes, grid, null)), options);
  return {
    tapped,
    features: shapes,
    grid,
    dimensions: shapes.reduce((sum, { channels }) => sum + channels, 0),
    async patches(picture) {
      preprocessWithin(picture, spec, input.data);
      const results = await run(session, input);
      const patches = floatsOf(results, patchOutput);
      if (!allFinite(patches)) throw new ModelError('outputNotFinite', { name: patchOutput });
      return patches;
    },
    close: () => session.dispose(),
  };
}

type FloatInput = Extract<Tensor, { dtype: 'float32' }>;

function inputOf(spec: Preprocess): FloatInput {
  return {
    dtype: 'float32',
    dims: [1, planesOf(spec), ...spec.size],
    data: new Float32Array(inputLength(spec)),
  };
}

function run(session: Session, input: Tensor): Promise<Readonly<Record<string, Tensor>>> {
  return session.run({ [session.inputs[0]?.name ?? '']: input });
}

/** The tapped tensors' shapes at this input size, found by running the network on an empty image. */
async function measureFeatures(
  tapped: Model,
  input: Tensor,
  features: readonly string[],
  options: SessionOptions,
): Promise<readonly TappedFeature[]> {
  const session = await openSession(writeModel(tapped), options);
  try {
    const results = await run(session, input);
    return features.map((name) => {
      const dims = results[name]?.dims ?? [];
      const [, channels = 0, height = 0, width = 0] = dims;
      if (dims.length !== 4 || results[name]?.dtype !== 'float32') {
        throw new ModelError('modelOutputMissing', { name, got: `[${dims.join(', ')}]` });
      }
      return { name, channels, height, width };
    });
  } finally {
    await session.dispose();
  }
}

/** A graph made by `distanceGraph`, loaded. */
export interface DistanceSession {
  /**
   * Distance of each patch of a picture to the memory, float32 [patches].
   * @throws ModelError `outputNotFinite`, `imageBeyondCorrection`
   */
  distances(picture: Picture): Promise<Float32Array>;
  close(): Promise<void>;
}

export async function openDistances(
  graph: Model,
  spec: Preprocess,
  options: SessionOptions = {},
): Promise<DistanceSession> {
  const session = await openSession(writeModel(graph), options);
  const input = inputOf(spec);
  return {
    async distances(picture) {
      preprocessWithin(picture, spec, input.data);
      const distances = floatsOf(await run(session, input), distanceOutput);
      if (!allFinite(distances)) throw new ModelError('outputNotFinite', { name: distanceOutput });
      return distances;
    },
    close: () => session.dispose(),
  };
}
