import { ModelError } from '../errors.ts';
import type { Picture } from '../images/picture.ts';
import { inputLength, planesOf, preprocess, type Preprocess } from '../images/preprocess.ts';
import { GraphBuilder } from '../onnx/build.ts';
import { float32Tensor } from '../onnx/dataTypes.ts';
import type { Model } from '../onnx/ir.ts';
import { writeModel } from '../onnx/write.ts';
import { allFinite } from '../runtime/finite.ts';
import { floatsOf, openSession, type SessionOptions } from '../runtime/session.ts';
import { tapBackbone } from './anomalyGraph.ts';

/** A linear classifier on pooled features. */
export interface LinearHead {
  /** float32 [classes, dimensions], row-major. */
  readonly weight: Float32Array;
  /** float32 [classes]. */
  readonly bias: Float32Array;
}

const pooledOutput = 'pooled';

/** A frozen backbone that makes one row of numbers of a picture. */
export interface PooledFeatures {
  readonly dimensions: number;
  /** float32 [dimensions]. @throws ModelError `outputNotFinite` */
  rowOf(picture: Picture): Promise<Float32Array>;
  /** The backbone with a head on that row: logits [N, classes] as its only output. */
  withHead(head: LinearHead): Model;
  close(): Promise<void>;
}

/**
 * Mean and maximum of each channel of the tapped tensors: the mean for what a defect does to a whole surface, the
 * maximum for one that is too small to move a mean.
 * @param features names of [N, C, H, W] tensors inside the backbone
 * @throws ModelError as `tapBackbone` and `openSession`; `modelOutputMissing` for a feature of another form
 */
export async function openPooledFeatures(
  backbone: Model,
  spec: Preprocess,
  features: readonly string[],
  options: SessionOptions = {},
): Promise<PooledFeatures> {
  const [height, width] = spec.size;
  const tapped = tapBackbone(backbone, features, planesOf(spec), { height, width });
  const g = pooled(tapped, features);
  g.output(pooledOutput, 'float32', null);
  const session = await openSession(writeModel(g.model()), options);
  const data = new Float32Array(inputLength(spec));
  const input = { dtype: 'float32' as const, dims: [1, planesOf(spec), height, width], data };
  const run = async () => {
    const row = floatsOf(await session.run({ [session.inputs[0]?.name ?? '']: input }), pooledOutput);
    if (!allFinite(row)) throw new ModelError('outputNotFinite', { name: pooledOutput });
    return row;
  };
  return {
    dimensions: (await run()).length,
    rowOf: (picture) => {
      preprocess(picture, spec, data);
      return run();
    },
    withHead: ({ weight, bias }) => {
      const headed = pooled(tapped, features);
      const classes = bias.length;
      const parameters = [
        headed.constant(float32Tensor([classes, weight.length / classes], weight), 'head.weight'),
        headed.constant(float32Tensor([classes], bias), 'head.bias'),
      ];
      const logits = headed.op('Gemm', [pooledOutput, ...parameters], { transB: 1 }, { name: 'head' });
      headed.output(logits, 'float32', [tapped.graph.inputs[0]!.shape![0]!, classes]);
      return headed.model();
    },
    close: () => session.dispose(),
  };
}

function pooled(tapped: Model, features: readonly string[]): GraphBuilder {
  const g = new GraphBuilder({ ...tapped, graph: { ...tapped.graph, outputs: [] } });
  const parts = features.flatMap((feature) => [
    g.op('Flatten', [g.op('GlobalAveragePool', [feature])]),
    g.op('Flatten', [g.op('GlobalMaxPool', [feature])]),
  ]);
  g.op('Concat', parts, { axis: 1 }, { outputs: [pooledOutput] });
  return g;
}
