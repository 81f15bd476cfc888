import type { PlainAttribute } from '../../native-models/onnx/attributes.ts';
import {
  boolTensor,
  float32Scalar,
  float32Tensor,
  int64List,
  int64Scalar,
  int64Tensor,
} from '../../native-models/onnx/dataTypes.ts';
import type { Tensor } from '../../native-models/onnx/ir.ts';
import type { Random } from '../../native-models/random.ts';

/** One randomly drawn use of an operator. */
export interface Draw {
  /** In order; `null` is an omitted one. Float inputs named in `differentiable` are differentiated. */
  readonly inputs: readonly (Tensor | null)[];
  readonly differentiable: readonly number[];
  readonly attributes?: Readonly<Record<string, PlainAttribute>>;
  readonly outputs?: number;
  /** Outputs that carry a gradient; default: all. */
  readonly seeded?: readonly number[];
  readonly opset?: number;
}

type Drawing = (random: Random) => Draw;

const between = (random: Random, low: number, high: number) => low + random.integer(high - low + 1);
const pick = <T>(random: Random, items: readonly T[]): T => items[random.integer(items.length)]!;
const sizes = (random: Random, rank: number) => Array.from({ length: rank }, () => between(random, 1, 4));

/** Values in ±[0.3, 1.3]: away from 0, where many operators have a kink, and no two within 0.02 of each other. */
function floats(random: Random, dims: readonly number[], positive = false): Tensor {
  const count = dims.reduce((product, size) => product * size, 1);
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const data = order.map((place) => {
    const magnitude = 0.3 + (place + 0.25 + 0.5 * random.uniform()) / count;
    return positive || random.uniform() < 0.5 ? magnitude : -magnitude;
  });
  return float32Tensor(dims, data);
}

const unary =
  (
    attributes: (random: Random) => Record<string, PlainAttribute> = () => ({}),
    positive = false,
    opset = 17,
  ): Drawing =>
  (random) => ({
    inputs: [floats(random, sizes(random, between(random, 1, 4)), positive)],
    differentiable: [0],
    attributes: attributes(random),
    opset,
  });

/** Two shapes that broadcast to each other, either with ones or missing leading axes. */
function broadcastPair(random: Random, maxRank = 4): [number[], number[]] {
  const full = sizes(random, between(random, 1, maxRank));
  const thinned = () =>
    full.map((size) => (random.uniform() < 0.3 ? 1 : size)).slice(random.integer(full.length + 1));
  return random.uniform() < 0.5 ? [full, thinned()] : [thinned(), full];
}

const binary =
  (positive = false): Drawing =>
  (random) => {
    const [a, b] = broadcastPair(random);
    return { inputs: [floats(random, a, positive), floats(random, b, positive)], differentiable: [0, 1] };
  };

const variadic: Drawing = (random) => {
  const [a, b] = broadcastPair(random, 3);
  // One pool of distinct values, so that no two of them tie anywhere.
  const pool = floats(random, [24]).data as Float32Array;
  const take = (dims: number[], from: number) =>
    float32Tensor(dims, pool.subarray(from, from + dims.reduce((product, size) => product * size, 1)));
  const shapes = [a, b, a].map((dims) => dims.map((size) => Math.min(size, 2)));
  return { inputs: shapes.map((dims, i) => take(dims, 8 * i)), differentiable: [0, 1, 2] };
};

const reduction =
  (opset: number, positive = false): Drawing =>
  (random) => {
    const rank = between(random, 1, 4);
    const axes = Array.from({ length: rank }, (_, i) => i).filter(() => random.uniform() < 0.5);
    const signed = axes.map((axis) => (random.uniform() < 0.5 ? axis - rank : axis));
    const keepdims = random.integer(2);
    const x = floats(random, sizes(random, rank), positive);
    if (opset >= 18 || axes.length === 0) {
      return {
        inputs: axes.length ? [x, int64List(signed)] : [x],
        differentiable: [0],
        attributes: { keepdims },
        opset,
      };
    }
    return { inputs: [x], differentiable: [0], attributes: { keepdims, axes: signed }, opset };
  };

const eitherOpset =
  (positive = false): Drawing =>
  (random) =>
    reduction(pick(random, [17, 18]), positive)(random);

const alongAxis: Drawing = (random) => {
  const rank = between(random, 1, 4);
  return {
    inputs: [floats(random, sizes(random, rank))],
    differentiable: [0],
    attributes: { axis: between(random, -rank, rank - 1) },
  };
};

function windowAttributes(random: Random, kernel: readonly number[], dilated: boolean) {
  const dilations = kernel.map(() => (dilated ? between(random, 1, 2) : 1));
  return {
    kernel_shape: kernel,
    strides: kernel.map(() => between(random, 1, 3)),
    ...(dilated ? { dilations } : {}),
    // Padding stays below the kernel, as pooling demands.
    pads: [...kernel, ...kernel].map((size) => random.integer(size)),
  };
}

const convolution: Drawing = (random) => {
  const spatial = between(random, 1, 2);
  const groups = pick(random, [1, 1, 2, 3]);
  const kernel = Array.from({ length: spatial }, () => between(random, 1, 3));
  const perGroup = between(random, 1, 2);
  const out = groups * between(random, 1, 2);
  const x = floats(random, [
    between(random, 1, 2),
    groups * perGroup,
    ...kernel.map(() => between(random, 6, 9)),
  ]);
  return {
    inputs: [
      x,
      floats(random, [out, perGroup, ...kernel]),
      random.uniform() < 0.5 ? floats(random, [out]) : null,
    ],
    differentiable: [0, 1, 2],
    attributes: { ...windowAttributes(random, kernel, true), group: groups },
  };
};

const transposedConvolution: Drawing = (random) => {
  const spatial = between(random, 1, 2);
  const groups = pick(random, [1, 1, 2]);
  const kernel = Array.from({ length: spatial }, () => between(random, 1, 3));
  const strides = kernel.map(() => between(random, 1, 2));
  const out = between(random, 1, 2);
  const channels = groups * between(random, 1, 2);
  const x = floats(random, [between(random, 1, 2), channels, ...kernel.map(() => between(random, 4, 6))]);
  return {
    inputs: [
      x,
      floats(random, [channels, out, ...kernel]),
      random.uniform() < 0.5 ? floats(random, [out * groups]) : null,
    ],
    differentiable: [0, 1, 2],
    attributes: {
      kernel_shape: kernel,
      strides,
      dilations: kernel.map(() => between(random, 1, 2)),
      pads: [...kernel, ...kernel].map(() => random.integer(2)),
      output_padding: strides.map((stride) => random.integer(stride)),
      group: groups,
    },
  };
};

const pooling =
  (extra: (random: Random) => Record<string, PlainAttribute>): Drawing =>
  (random) => {
    const kernel = Array.from({ length: between(random, 1, 2) }, () => between(random, 2, 3));
    const x = floats(random, [
      between(random, 1, 2),
      between(random, 1, 2),
      ...kernel.map(() => between(random, 5, 8)),
    ]);
    return {
      inputs: [x],
      differentiable: [0],
      attributes: {
        ...windowAttributes(random, kernel, false),
        ceil_mode: random.integer(2),
        ...extra(random),
      },
    };
  };

const global: Drawing = (random) => ({
  inputs: [floats(random, [2, between(random, 1, 3), ...sizes(random, between(random, 1, 2))])],
  differentiable: [0],
});

const normalisation =
  (
    opset: number,
    attributes: (random: Random, channels: number) => Record<string, PlainAttribute>,
  ): Drawing =>
  (random) => {
    const channels = pick(random, [2, 4]);
    const x = floats(random, [
      between(random, 1, 2),
      channels,
      ...sizes(random, between(random, 1, 2)).map((size) => size + 2),
    ]);
    return {
      inputs: [x, floats(random, [channels]), floats(random, [channels])],
      differentiable: [0, 1, 2],
      attributes: attributes(random, channels),
      opset,
    };
  };

const reshaped: Drawing = (random) => {
  const dims = sizes(random, 3);
  const target = pick(random, [[-1], [dims[0]!, -1], [dims[0]! * dims[1]!, dims[2]!], [1, ...dims]]);
  return { inputs: [floats(random, dims), int64List(target)], differentiable: [0] };
};

/** An operator for each rule, by name. */
export const draws: Readonly<Record<string, Drawing>> = {
  Abs: unary(),
  Add: binary(),
  Asinh: unary(),
  AveragePool: pooling((random) => ({ count_include_pad: random.integer(2) })),
  BatchNormalization: (random) => {
    const channels = between(random, 1, 3);
    const vector = (positive: boolean) => floats(random, [channels], positive);
    return {
      inputs: [
        floats(random, [2, channels, ...sizes(random, 2)]),
        vector(false),
        vector(false),
        vector(false),
        vector(true),
      ],
      differentiable: [0, 1, 2],
      attributes: { epsilon: 1e-3 },
    };
  },
  Cast: unary(() => ({ to: 1 })),
  Celu: unary((random) => ({ alpha: 0.5 + random.uniform() })),
  Clip: (random) => ({
    inputs: [
      floats(random, sizes(random, 3)),
      float32Scalar(-0.05),
      random.uniform() < 0.5 ? float32Scalar(0.1) : null,
    ],
    differentiable: [0],
  }),
  Concat: (random) => {
    const dims = sizes(random, between(random, 1, 4));
    const axis = random.integer(dims.length);
    const parts = Array.from({ length: 3 }, () =>
      dims.map((size, i) => (i === axis ? between(random, 1, 3) : size)),
    );
    return {
      inputs: parts.map((part) => floats(random, part)),
      differentiable: [0, 1, 2],
      attributes: { axis: random.uniform() < 0.5 ? axis - dims.length : axis },
    };
  },
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  Cos: unary(),
  CumSum: (random) => {
    const rank = between(random, 1, 3);
    return {
      inputs: [floats(random, sizes(random, rank)), int64Scalar(between(random, -rank, rank - 1))],
      differentiable: [0],
      attributes: { exclusive: random.integer(2), reverse: random.integer(2) },
    };
  },
  DepthToSpace: (random) => ({
    inputs: [floats(random, [between(random, 1, 2), 4 * between(random, 1, 2), ...sizes(random, 2)])],
    differentiable: [0],
    attributes: { blocksize: 2, mode: pick(random, ['DCR', 'CRD']) },
  }),
  Div: binary(),
  Dropout: unary(),
  Einsum: (random) => {
    const [b, i, j, d] = sizes(random, 4) as [number, number, number, number];
    return pick(
      random,
      [
        { inputs: [floats(random, [b, i, d]), floats(random, [b, j, d])], equation: 'bid,bjd->bij' },
        { inputs: [floats(random, [b, i, j]), floats(random, [j, d])], equation: 'bij,jd->bid' },
        { inputs: [floats(random, [i, j]), floats(random, [j, d])], equation: 'ij,jd' },
        { inputs: [floats(random, [b, i, j]), floats(random, [i, d])], equation: 'bij,id->bd' },
      ].map(({ inputs, equation }) => ({ inputs, differentiable: [0, 1], attributes: { equation } })),
    );
  },
  Elu: unary((random) => ({ alpha: 0.5 + random.uniform() })),
  Erf: unary(),
  Exp: unary(),
  Expand: (random) => {
    const [from, to] = [
      [1, 3, 1],
      pick(random, [
        [2, 3, 4],
        [5, 1, 3, 2],
        [3, 1],
      ]),
    ];
    return { inputs: [floats(random, from), int64List(to)], differentiable: [0] };
  },
  Flatten: (random) => {
    const rank = between(random, 1, 4);
    return {
      inputs: [floats(random, sizes(random, rank))],
      differentiable: [0],
      attributes: { axis: between(random, -rank, rank) },
    };
  },
  Gather: (random) => {
    const dims = sizes(random, between(random, 1, 3));
    const axis = random.integer(dims.length);
    const index = () => between(random, -dims[axis]!, dims[axis]! - 1);
    const indices = pick(random, [
      int64Scalar(index()),
      int64List([index(), index(), index()]),
      int64Tensor([2, 2], [index(), index(), index(), index()]),
    ]);
    return { inputs: [floats(random, dims), indices], differentiable: [0], attributes: { axis } };
  },
  GatherElements: (random) => {
    const dims = [3, 4];
    const axis = random.integer(2);
    return {
      inputs: [
        floats(random, dims),
        int64Tensor(
          [2, 2],
          Array.from({ length: 4 }, () => random.integer(dims[axis]!)),
        ),
      ],
      differentiable: [0],
      attributes: { axis },
    };
  },
  GatherND: (random) => ({
    inputs: [
      floats(random, [3, 4, 2]),
      int64Tensor(
        [3, 2],
        Array.from({ length: 6 }, () => random.integer(3)),
      ),
    ],
    differentiable: [0],
  }),
  Gelu: unary((random) => ({ approximate: pick(random, ['none', 'tanh']) }), false, 20),
  Gemm: (random) => {
    const [m, k, n] = sizes(random, 3) as [number, number, number];
    const [transA, transB] = [random.integer(2), random.integer(2)];
    const bias = pick(random, [null, [n], [1], [m, n], [m, 1]]);
    return {
      inputs: [
        floats(random, transA ? [k, m] : [m, k]),
        floats(random, transB ? [n, k] : [k, n]),
        bias && floats(random, bias),
      ],
      differentiable: [0, 1, 2],
      attributes: { transA, transB, alpha: 0.5 + random.uniform(), beta: 0.5 + random.uniform() },
    };
  },
  GlobalAveragePool: global,
  GlobalMaxPool: global,
  GroupNormalization: normalisation(21, (random, channels) => ({
    num_groups: pick(random, [1, channels / 2]),
    epsilon: 1e-3,
  })),
  HardSigmoid: unary(() => ({ alpha: 0.3, beta: 0.5 })),
  HardSwish: unary(),
  Identity: unary(),
  InstanceNormalization: normalisation(17, () => ({ epsilon: 1e-3 })),
  LayerNormalization: (random) => {
    const dims = sizes(random, between(random, 2, 4)).map((size) => size + 2);
    const axis = random.integer(dims.length);
    const inner = dims.slice(axis);
    return {
      inputs: [
        floats(random, dims),
        floats(random, inner),
        random.uniform() < 0.5 ? floats(random, inner) : null,
      ],
      differentiable: [0, 1, 2],
      attributes: { axis: axis - dims.length, epsilon: 1e-3 },
    };
  },
  LeakyRelu: unary((random) => ({ alpha: 0.5 * random.uniform() })),
  Log: unary(undefined, true),
  LogSoftmax: alongAxis,
  MatMul: (random) => {
    const [m, k, n, b] = sizes(random, 4) as [number, number, number, number];
    const pair = pick(random, [
      [
        [m, k],
        [k, n],
      ],
      [
        [b, m, k],
        [k, n],
      ],
      [
        [m, k],
        [b, k, n],
      ],
      [
        [b, 2, m, k],
        [2, k, n],
      ],
      [
        [b, 1, m, k],
        [1, 3, k, n],
      ],
      [[k], [k, n]],
      [[b, m, k], [k]],
      [[k], [k]],
    ]);
    return { inputs: pair.map((dims) => floats(random, dims)), differentiable: [0, 1] };
  },
  Max: variadic,
  MaxPool: pooling(() => ({})),
  Mean: variadic,
  Min: variadic,
  Mish: unary(undefined, false, 18),
  Mul: binary(),
  Neg: unary(),
  PRelu: (random) => {
    const dims = [2, between(random, 1, 4), ...sizes(random, 2)];
    const slope = pick(random, [[dims[1]!, 1, 1], dims, [1]]);
    return { inputs: [floats(random, dims), floats(random, slope)], differentiable: [0, 1] };
  },
  Pad: (random) => {
    const dims = [between(random, 1, 2), between(random, 4, 6), between(random, 4, 6)];
    const mode = pick(random, ['constant', 'reflect', 'edge']);
    const pads = Array.from({ length: 6 }, (_, i) =>
      i % 3 === 0 ? 0 : between(random, mode === 'constant' ? -1 : 0, 3),
    );
    return { inputs: [floats(random, dims), int64List(pads)], differentiable: [0], attributes: { mode } };
  },
  Pow: binary(true),
  Reciprocal: unary(),
  ReduceL1: eitherOpset(),
  ReduceL2: eitherOpset(),
  ReduceLogSum: eitherOpset(true),
  ReduceLogSumExp: eitherOpset(),
  ReduceMax: eitherOpset(),
  ReduceMean: eitherOpset(),
  ReduceMin: eitherOpset(),
  ReduceProd: eitherOpset(),
  ReduceSum: reduction(18),
  ReduceSumSquare: eitherOpset(),
  Relu: unary(),
  Reshape: reshaped,
  Resize: (random) => {
    const dims = [1, between(random, 1, 2), between(random, 3, 5), between(random, 3, 5)];
    const mode = pick(random, ['nearest', 'linear', 'cubic']);
    const output = [dims[0]!, dims[1]!, between(random, 2, 9), between(random, 2, 9)];
    return {
      inputs: [floats(random, dims), null, null, int64List(output)],
      differentiable: [0],
      attributes: {
        mode,
        coordinate_transformation_mode: pick(random, [
          'half_pixel',
          'asymmetric',
          'align_corners',
          'pytorch_half_pixel',
        ]),
        ...(mode === 'nearest'
          ? { nearest_mode: pick(random, ['floor', 'ceil', 'round_prefer_floor', 'round_prefer_ceil']) }
          : {}),
      },
    };
  },
  Selu: unary(),
  Sigmoid: unary(),
  Sin: unary(),
  Slice: (random) => {
    const dims = sizes(random, 3).map((size) => size + 3);
    const axes = [0, 1, 2].filter(() => random.uniform() < 0.7);
    const chosen = axes.length > 0 ? axes : [1];
    const steps = chosen.map(() => pick(random, [1, 1, 2, -1, -2]));
    return {
      inputs: [
        floats(random, dims),
        int64List(steps.map((step) => (step > 0 ? random.integer(2) : -1 - random.integer(2)))),
        int64List(
          steps.map((step, i) =>
            step > 0 ? pick(random, [dims[chosen[i]!]!, -1, 2 ** 31]) : pick(random, [0, -(2 ** 31)]),
          ),
        ),
        int64List(chosen.map((axis) => (random.uniform() < 0.5 ? axis : axis - 3))),
        int64List(steps),
      ],
      differentiable: [0],
    };
  },
  Softmax: alongAxis,
  Softplus: unary(),
  Softsign: unary(),
  SpaceToDepth: (random) => ({
    inputs: [floats(random, [1, between(random, 1, 3), 4, 2 * between(random, 1, 3)])],
    differentiable: [0],
    attributes: { blocksize: 2 },
  }),
  Split: (random) => ({
    inputs: [
      floats(random, [between(random, 1, 3), 6]),
      int64List(
        pick(random, [
          [2, 2, 2],
          [1, 2, 3],
          [4, 1, 1],
        ]),
      ),
    ],
    differentiable: [0],
    attributes: { axis: pick(random, [1, -1]) },
    outputs: 3,
    seeded: pick(random, [[0, 1, 2], [0, 2], [1]]),
  }),
  Sqrt: unary(undefined, true),
  Squeeze: (random) => ({
    inputs: [floats(random, [2, 1, 3, 1]), int64List(pick(random, [[1], [3], [1, -1]]))],
    differentiable: [0],
  }),
  Sub: binary(),
  Sum: variadic,
  Tanh: unary(),
  Tile: (random) => ({
    inputs: [floats(random, sizes(random, 3)), int64List([between(random, 1, 3), 1, 2])],
    differentiable: [0],
  }),
  TopK: (random) => {
    const dims = [2, between(random, 3, 6)];
    return {
      inputs: [floats(random, dims), int64List([2])],
      differentiable: [0],
      attributes: { axis: -1, largest: random.integer(2) },
      outputs: 2,
      seeded: [0],
    };
  },
  Transpose: (random) => ({
    inputs: [floats(random, sizes(random, 3))],
    differentiable: [0],
    attributes: {
      perm: pick(random, [
        [0, 2, 1],
        [2, 0, 1],
        [1, 2, 0],
        [2, 1, 0],
      ]),
    },
  }),
  Unsqueeze: (random) => ({
    inputs: [floats(random, sizes(random, 2)), int64List(pick(random, [[0], [1, -1], [2]]))],
    differentiable: [0],
  }),
  Where: (random) => {
    const [a, b] = broadcastPair(random);
    const condition = a.length >= b.length ? a : b;
    const count = condition.reduce((product, size) => product * size, 1);
    return {
      inputs: [
        boolTensor(
          condition,
          Array.from({ length: count }, () => random.uniform() < 0.5),
        ),
        floats(random, a),
        floats(random, b),
      ],
      differentiable: [1, 2],
    };
  },
};
