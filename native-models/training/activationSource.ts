import { inputTensor } from '../images/inputTensor.ts';
import { planesOf, type Preprocess } from '../images/preprocess.ts';
import { countModel } from '../onnx/count.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { ActivationCache, type ActivationCacheOptions } from './activationCache.ts';
import type { CutModel } from './cutModel.ts';
import type { SampleSource } from './sampleSource.ts';
import type { SurveyedImage } from './trainingImages.ts';

export interface ActivationSourceOptions {
  /** Name of the model's image input. */
  readonly input: string;
  readonly preprocess: Preprocess;
  /** Memory for what is kept. */
  readonly cacheBytes: number;
  readonly disk?: ActivationCacheOptions['disk'];
  readonly session: SessionOptions;
}

/** Makes sources of what the frozen part of a model gives for images; they share one cache. */
export interface ActivationSources {
  of(images: readonly SurveyedImage[]): SampleSource;
  dispose(): Promise<void>;
}

/** Opens the frozen part of a model. @throws ModelError as `ActivationCache.open` */
export async function openActivationSources(
  cut: CutModel,
  options: ActivationSourceOptions,
): Promise<ActivationSources> {
  const { input, preprocess: spec, cacheBytes, disk, session } = options;
  const dims = [1, planesOf(spec), ...spec.size];
  const flopsPerImage = countModel(cut.frozen, { [input]: dims }).flops;
  const cache = await ActivationCache.open(cut, {
    memoryBytes: cacheBytes,
    ...(disk ? { disk } : {}),
    preprocessing: JSON.stringify(spec),
    session,
  });
  return {
    of(images) {
      let computed = 0;
      const load = async (image: SurveyedImage) => {
        computed += 1;
        return inputTensor(await image.load(), spec);
      };
      return {
        batch: (indices) =>
          cache.batch(
            indices.map((index) => {
              const image = images[index]!;
              return { sha256: image.sha256, load: () => load(image) };
            }),
          ),
        flops: () => computed * flopsPerImage,
      };
    },
    dispose: () => cache.dispose(),
  };
}
