import type { GradientRule } from './rule.ts';
import { Abs } from './rules/Abs.ts';
import { Add } from './rules/Add.ts';
import { Asinh } from './rules/Asinh.ts';
import { AveragePool } from './rules/AveragePool.ts';
import { BatchNormalization } from './rules/BatchNormalization.ts';
import { Cast } from './rules/Cast.ts';
import { Celu } from './rules/Celu.ts';
import { Clip } from './rules/Clip.ts';
import { Concat } from './rules/Concat.ts';
import { Conv } from './rules/Conv.ts';
import { ConvTranspose } from './rules/ConvTranspose.ts';
import { Cos } from './rules/Cos.ts';
import { CumSum } from './rules/CumSum.ts';
import { DepthToSpace } from './rules/DepthToSpace.ts';
import { Div } from './rules/Div.ts';
import { Dropout } from './rules/Dropout.ts';
import { Einsum } from './rules/Einsum.ts';
import { Elu } from './rules/Elu.ts';
import { Erf } from './rules/Erf.ts';
import { Exp } from './rules/Exp.ts';
import { Expand } from './rules/Expand.ts';
import { Flatten } from './rules/Flatten.ts';
import { Gather } from './rules/Gather.ts';
import { GatherElements } from './rules/GatherElements.ts';
import { GatherND } from './rules/GatherND.ts';
import { Gelu } from './rules/Gelu.ts';
import { Gemm } from './rules/Gemm.ts';
import { GlobalAveragePool } from './rules/GlobalAveragePool.ts';
import { GlobalMaxPool } from './rules/GlobalMaxPool.ts';
import { GroupNormalization } from './rules/GroupNormalization.ts';
import { HardSigmoid } from './rules/HardSigmoid.ts';
import { HardSwish } from './rules/HardSwish.ts';
import { Identity } from './rules/Identity.ts';
import { InstanceNormalization } from './rules/InstanceNormalization.ts';
import { LayerNormalization } from './rules/LayerNormalization.ts';
import { LeakyRelu } from './rules/LeakyRelu.ts';
import { Log } from './rules/Log.ts';
import { LogSoftmax } from './rules/LogSoftmax.ts';
import { MatMul } from './rules/MatMul.ts';
import { Max } from './rules/Max.ts';
import { MaxPool } from './rules/MaxPool.ts';
import { Mean } from './rules/Mean.ts';
import { Min } from './rules/Min.ts';
import { Mish } from './rules/Mish.ts';
import { Mul } from './rules/Mul.ts';
import { Neg } from './rules/Neg.ts';
import { PRelu } from './rules/PRelu.ts';
import { Pad } from './rules/Pad.ts';
import { Pow } from './rules/Pow.ts';
import { Reciprocal } from './rules/Reciprocal.ts';
import { ReduceL1 } from './rules/ReduceL1.ts';
import { ReduceL2 } from './rules/ReduceL2.ts';
import { ReduceLogSum } from './rules/ReduceLogSum.ts';
import { ReduceLogSumExp } from './rules/ReduceLogSumExp.ts';
import { ReduceMax } from './rules/ReduceMax.ts';
import { ReduceMean } from './rules/ReduceMean.ts';
import { ReduceMin } from './rules/ReduceMin.ts';
import { ReduceProd } from './rules/ReduceProd.ts';
import { ReduceSum } from './rules/ReduceSum.ts';
import { ReduceSumSquare } from './rules/ReduceSumSquare.ts';
import { Relu } from './rules/Relu.ts';
import { Reshape } from './rules/Reshape.ts';
import { Resize } from './rules/Resize.ts';
import { Selu } from './rules/Selu.ts';
import { Sigmoid } from './rules/Sigmoid.ts';
import { Sin } from './rules/Sin.ts';
import { Slice } from './rules/Slice.ts';
import { Softmax } from './rules/Softmax.ts';
import { Softplus } from './rules/Softplus.ts';
import { Softsign } from './rules/Softsign.ts';
import { SpaceToDepth } from './rules/SpaceToDepth.ts';
import { Split } from './rules/Split.ts';
import { Sqrt } from './rules/Sqrt.ts';
import { Squeeze } from './rules/Squeeze.ts';
import { Sub } from './rules/Sub.ts';
import { Sum } from './rules/Sum.ts';
import { Tanh } from './rules/Tanh.ts';
import { Tile } from './rules/Tile.ts';
import { TopK } from './rules/TopK.ts';
import { Transpose } from './rules/Transpose.ts';
import { Unsqueeze } from './rules/Unsqueeze.ts';
import { Where } from './rules/Where.ts';

/** Every operator of the standard domain that has a gradient. Adding one: a file in rules/ and a line here. */
export const rules: ReadonlyMap<string, GradientRule> = new Map(
  Object.entries({
    Abs,
    Add,
    Asinh,
    AveragePool,
    BatchNormalization,
    Cast,
    Celu,
    Clip,
    Concat,
    Conv,
    ConvTranspose,
    Cos,
    CumSum,
    DepthToSpace,
    Div,
    Dropout,
    Einsum,
    Elu,
    Erf,
    Exp,
    Expand,
    Flatten,
    Gather,
    GatherElements,
    GatherND,
    Gelu,
    Gemm,
    GlobalAveragePool,
    GlobalMaxPool,
    GroupNormalization,
    HardSigmoid,
    HardSwish,
    Identity,
    InstanceNormalization,
    LayerNormalization,
    LeakyRelu,
    Log,
    LogSoftmax,
    MatMul,
    Max,
    MaxPool,
    Mean,
    Min,
    Mish,
    Mul,
    Neg,
    PRelu,
    Pad,
    Pow,
    Reciprocal,
    ReduceL1,
    ReduceL2,
    ReduceLogSum,
    ReduceLogSumExp,
    ReduceMax,
    ReduceMean,
    ReduceMin,
    ReduceProd,
    ReduceSum,
    ReduceSumSquare,
    Relu,
    Reshape,
    Resize,
    Selu,
    Sigmoid,
    Sin,
    Slice,
    Softmax,
    Softplus,
    Softsign,
    SpaceToDepth,
    Split,
    Sqrt,
    Squeeze,
    Sub,
    Sum,
    Tanh,
    Tile,
    TopK,
    Transpose,
    Unsqueeze,
    Where,
  }),
);

/** Operators through which no gradient flows: shape arithmetic, comparisons, steps. */
export const flat: ReadonlySet<string> = new Set([
  'And',
  'ArgMax',
  'ArgMin',
  'Ceil',
  'Constant',
  'ConstantOfShape',
  'Equal',
  'EyeLike',
  'Floor',
  'Greater',
  'GreaterOrEqual',
  'IsInf',
  'IsNaN',
  'Less',
  'LessOrEqual',
  'NonZero',
  'Not',
  'OneHot',
  'Or',
  // A draw takes nothing of its input but the shape.
  'RandomNormalLike',
  'RandomUniformLike',
  'Range',
  'Round',
  'Shape',
  'Sign',
  'Size',
  'Xor',
]);
