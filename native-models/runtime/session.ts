import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { ModelError } from '../errors.ts';
import type { DataType, Tensor } from '../onnx/ir.ts';
import { loadingError, runningError } from './failures.ts';

/** Version of onnxruntime. */
export const runtimeVersion: string = env.versions.node ?? env.versions.common;

// Every failure reaches the caller as an error; onnxruntime need not print it as well, be it of a session or, as a
// provider whose library is not there, of none.
env.logLevel = 'fatal';

/** Most gaps between operators are shorter. */
const longestSpinUs = '20';

/** Where a session computes. `cpu` is always there; the others depend on the machine. */
export type Provider = 'cpu' | 'webgpu' | 'cuda' | 'dml';

export interface SessionOptions {
  /** Threads within one operator; 0 or absent = as many as onnxruntime chooses. */
  readonly threads?: number;
  readonly provider?: Provider;
  /** How far onnxruntime may rewrite the graph when it loads it. */
  readonly optimisation?: 'disabled' | 'basic' | 'extended' | 'all';
  /**
   * `speed` (default): after the first run onnxruntime lays all values of further runs of these shapes out in one
   * block, beside what it holds already. `size`: values come and go one by one; a training step then peaks at
   * about 60 % of the memory, in the same time.
   */
  readonly memory?: 'speed' | 'size';
  /** Where a profile of every run is written when the session ends: the name its file begins with. */
  readonly profilePrefix?: string;
  /** Sizes for symbolic dimensions, by symbol: fixing them lets onnxruntime plan its memory once. */
  readonly dimensions?: Readonly<Record<string, number>>;
}

/** One input or output of a loaded graph. A symbolic dimension is its name, an unnamed one ''. */
export interface Port {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

/** A graph loaded into onnxruntime. Not safe for overlapping runs that feed the same array. */
export interface Session {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly provider: Provider;
  /**
   * Runs the graph once. The arrays of `feeds` are read in place and may be reused after the run.
   * @param fetch names of the outputs wanted; absent = all of them
   * @throws ModelError `modelInputUnsupported` for a feed of wrong shape or type, `modelOutputMissing`,
   *   `modelShapeUnresolved` when the shapes do not work out inside the graph
   */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    fetch?: readonly string[],
  ): Promise<Readonly<Record<string, Tensor>>>;
  /** Frees the native memory; the session cannot run afterwards. */
  dispose(): Promise<void>;
}

/**
 * Loads a graph.
 * @param source path of an ONNX file (external data is looked for beside it), or the bytes of one
 * @throws ModelError `modelMissing`, `modelUnreadable`, `modelExternalDataMissing`, `modelOperatorUnknown`,
 *   `providerUnavailable` where this computer has no such provider
 */
export async function openSession(
  source: string | Uint8Array,
  options: SessionOptions = {},
): Promise<Session> {
  const path = typeof source === 'string' ? source : '';
  if (path !== '' && !existsSync(path)) {
    throw new ModelError('modelMissing', { name: basename(path), file: path, path });
  }
  const provider = options.provider ?? 'cpu';
  const settings: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    graphOptimizationLevel: options.optimisation ?? 'all',
    // A thread that waits spins through the gaps between operators and then gives its core away: the PC of a line
    // also decodes, stores and draws, and where all cores are busy, long spinning makes a run many times slower.
    extra: { session: { intra_op: { spin_duration_us: longestSpinUs } } },
    enableMemPattern: options.memory !== 'size',
    ...(options.profilePrefix ? { enableProfiling: true, profileFilePrefix: options.profilePrefix } : {}),
    ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
    ...(options.dimensions ? { freeDimensionOverrides: options.dimensions } : {}),
  };
  try {
    const native =
      typeof source === 'string'
        ? await InferenceSession.create(source, settings)
        : await InferenceSession.create(source, settings);
    return wrap(native, provider, options.profilePrefix !== undefined);
  } catch (cause) {
    throw loadingError(cause, path, provider);
  }
}

function wrap(native: InferenceSession, provider: Provider, profiles: boolean): Session {
  const outputNames = native.outputNames;
  return {
    inputs: native.inputMetadata.map(toPort),
    outputs: native.outputMetadata.map(toPort),
    provider,
    async run(feeds, fetch = outputNames) {
      const missing = fetch.find((name) => !outputNames.includes(name));
      if (missing !== undefined) throw new ModelError('modelOutputMissing', { name: missing });
      const ortFeeds: Record<string, OrtTensor> = {};
      for (const [name, tensor] of Object.entries(feeds)) {
        ortFeeds[name] = new OrtTensor(tensor.dtype as 'float32', tensor.data as Float32Array, tensor.dims);
      }
      const results = await native.run(ortFeeds, fetch).catch((cause: unknown) => {
        throw runningError(cause);
      });
      const tensors: Record<string, Tensor> = {};
      for (const name of fetch) tensors[name] = fromOrt(results[name] as OrtTensor);
      return tensors;
    },
    dispose: () => {
      if (profiles) native.endProfiling();
      return native.release();
    },
  };
}

function fromOrt(tensor: OrtTensor): Tensor {
  return { dtype: tensor.type as DataType, dims: tensor.dims, data: tensor.data } as Tensor;
}

function toPort(meta: InferenceSession.ValueMetadata): Port {
  return meta.isTensor
    ? { name: meta.name, dtype: meta.type, shape: meta.shape }
    : { name: meta.name, dtype: 'unknown', shape: [] };
}

/** The numbers of a float32 tensor. @throws ModelError `modelOutputMissing` when it is absent or of another type */
export function floatsOf(results: Readonly<Record<string, Tensor>>, name: string): Float32Array {
  const tensor = results[name];
  if (tensor?.dtype !== 'float32') throw new ModelError('modelOutputMissing', { name });
  return tensor.data;
}
