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
const leastSquare = 1e-12;

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
 * Of each channel of the tapped tensors the mean and the root mean square, for what a defect does to a whole
 * surface, and the largest and the smallest mean of 3×3 neighbours, for one that is too small to move those.
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
  const neighbours = { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], count_include_pad: 0 };
  const parts = features.flatMap((feature) => {
    const local = g.op('AveragePool', [feature], neighbours);
    const square = g.op('GlobalAveragePool', [g.op('Mul', [feature, feature])]);
    return [
      g.op('GlobalAveragePool', [feature]),
      // A channel that is zero all over has a slope as well.
      g.op('Sqrt', [g.op('Add', [square, g.scalar(leastSquare)])]),
      g.op('GlobalMaxPool', [local]),
      g.op('GlobalMaxPool', [g.op('Neg', [local])]),
    ];
  });
  const rows = parts.map((part) => g.op('Flatten', [part]));
  g.op('Concat', rows, { axis: 1 }, { outputs: [pooledOutput] });
  return g;
}
