import { elementCount } from '../dataTypes.ts';
import type { Dim, Model, Node, Tensor } from '../ir.ts';
import { ModelError } from '../../errors.ts';
import { convolutionRules } from './convolution.ts';
import { elementwiseRules } from './elementwise.ts';
import { movementRules } from './movement.ts';
import { reductionRules } from './reduction.ts';
import { unknownType, type PartialTensor, type ShapeRule, type ShapeScope, type ValueType } from './scope.ts';
import { valueRules } from './values.ts';
import { partialFromTensor, type ValueScope } from './valueScope.ts';

const rules: ReadonlyMap<string, ShapeRule> = new Map(
  Object.entries({ ...elementwiseRules, ...convolutionRules, ...reductionRules, ...movementRules }),
);

/**
 * Elements that are followed in all, where single values may have so many: far more than the arithmetic of any network's
 * shapes needs, and far fewer than a file that has a value doubled from node to node asks for. What lies beyond is unknown.
 */
function elementBudget(maxElements: number): number {
  return Math.max(2 ** 20, 2 * maxElements);
}

/** Values of more elements are not followed, unless it is said otherwise. */
const usualMaxElements = 1024;

/** Standard operators whose output types are known here. */
export function operatorsWithShapeRule(): readonly string[] {
  return [...rules.keys()].sort();
}

export interface InferenceOptions {
  /** Shapes to assume for inputs instead of the declared ones, e.g. with sizes for the symbols. */
  readonly inputShapes?: ReadonlyMap<string, readonly Dim[]>;
  /**
   * Values of more elements are not followed, unless the node's known inputs together have as many. Shape
   * arithmetic is done with a few numbers.
   */
  readonly maxElements?: number;
  /** False for initializers whose values may not be relied on; their shapes always are. */
  readonly isConstant?: (initializer: string) => boolean;
}

export interface Inference {
  /** Every value of the graph. */
  readonly types: ReadonlyMap<string, ValueType>;
  /** Values made by nodes, as far as they are known. */
  readonly values: ReadonlyMap<string, PartialTensor>;
}

/**
 * Types and, where they follow from constants and shapes, values of everything in the graph.
 * Operators unknown here leave their outputs unknown, or as the file states them.
 * @throws ModelError modelShapeUnresolved where shapes contradict each other
 */
export function inferGraph(model: Model, options: InferenceOptions = {}): Inference {
  return new GraphInference(model, options);
}

/** The inference of a graph that may still grow: whoever adds nodes tells it of each, in topological order. */
export class GraphInference implements Inference {
  readonly types = new Map<string, ValueType>();
  readonly values = new Map<string, PartialTensor>();
  private readonly constants = new Map<string, PartialTensor>();
  private elementsLeft: number;
  private readonly model: Model;
  private readonly options: InferenceOptions;

  /** @throws ModelError modelShapeUnresolved where shapes contradict each other */
  constructor(model: Model, options: InferenceOptions = {}) {
    this.model = model;
    this.options = options;
    this.elementsLeft = elementBudget(options.maxElements ?? usualMaxElements);
    const { inputs, initializers, nodes } = model.graph;
    for (const { name, dtype, shape } of inputs) {
      this.types.set(name, { dtype, shape: nameDims(name, options.inputShapes?.get(name) ?? shape) });
    }
    for (const [name, { dtype, dims }] of initializers) this.types.set(name, { dtype, shape: dims });
    for (const node of nodes) this.add(node);
  }

  /** Infers the outputs of one more node. */
  add(node: Node): void {
    const { graph, opsets } = this.model;
    const { inputShapes, maxElements = usualMaxElements } = this.options;
    const valueOf = (name: string) => this.valueOf(name);
    const scope = scopeOf(node, opsets, this.types, valueOf);
    const rule = node.domain === '' ? rules.get(node.op) : undefined;
    const inferred = keepingRules(scope, () => rule?.(scope) ?? []);
    const outputs = node.outputs.map((name, k) => {
      const own = inferred[k] ?? unknownType;
      // With shapes assumed, those of the file no longer hold.
      const stated = graph.valueInfo.get(name) ?? graph.outputs.find((output) => output.name === name);
      return inputShapes ? { ...own, dtype: own.dtype ?? stated?.dtype ?? null } : complete(own, stated);
    });
    outputs.forEach((type, k) => {
      if (node.outputs[k] !== '') this.types.set(node.outputs[k]!, type);
    });

    const valueRule = node.domain === '' ? valueRules.get(node.op) : undefined;
    if (!valueRule || !this.isSmall(node, outputs, maxElements)) return;
    const valueScope = { ...scope, outputs, partial: (i: number) => valueOf(node.inputs[i] ?? '') };
    const made = keepingRules(scope, () => valueRule(valueScope));
    made?.forEach((value, k) => {
      this.elementsLeft -= value.values.length;
      const isKnown = value.values.length === 0 || value.values.some((each) => each !== null);
      if (node.outputs[k] && isKnown) {
        this.values.set(node.outputs[k], value);
      }
    });
  }

  /** States an initializer added to the graph. */
  addConstant(name: string, tensor: Tensor): void {
    this.types.set(name, { dtype: tensor.dtype, shape: tensor.dims });
    if (tensor.data.length <= (this.options.maxElements ?? usualMaxElements)) {
      this.constants.set(name, partialFromTensor(tensor));
    }
  }

  /** Elements of a value as far as they are known; null where nothing is or it is large. */
  valueOf(name: string): PartialTensor | null {
    const known = this.values.get(name) ?? this.constants.get(name);
    const tensor = known ? null : this.constantBehind(name);
    if (!tensor || tensor.data.length > (this.options.maxElements ?? usualMaxElements)) return known ?? null;
    const made = partialFromTensor(tensor);
    this.constants.set(name, made);
    return made;
  }

  private isSmall(node: Node, outputs: readonly ValueType[], maxElements: number): boolean {
    const known = node.inputs.reduce((sum, name) => sum + (this.valueOf(name)?.values.length ?? 0), 0);
    const most = Math.min(Math.max(maxElements, known), this.elementsLeft);
    return outputs.every(
      ({ shape }) =>
        shape?.every((dim) => typeof dim === 'number') && elementCount(shape as readonly number[]) <= most,
    );
  }

  private constantBehind(name: string): Tensor | null {
    const { isConstant = () => true } = this.options;
    return isConstant(name) ? (this.model.graph.initializers.get(name) ?? null) : null;
  }
}

/**
 * A file may hold nodes that break their operator's rules: too few inputs, a scalar for a matrix, a negative count.
 * What stumbles over one says so by the node's name, with its own words as the cause.
 */
function keepingRules<Result>(scope: ShapeScope, infer: () => Result): Result {
  try {
    return infer();
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw scope.contradiction(error instanceof Error ? error.message : String(error), error);
  }
}

/** Unknown sizes of an input get a name, so that what follows from them can be told apart and compared. */
export function nameDims(input: string, shape: readonly Dim[] | null): readonly Dim[] | null {
  const plain = input.replaceAll(/\W/g, '_').replace(/^(?=\d)/, '_');
  return shape?.map((dim, axis) => dim ?? `${plain}_${axis}`) ?? null;
}

function scopeOf(
  node: Node,
  opsets: Model['opsets'],
  types: ReadonlyMap<string, ValueType>,
  valueOf: (name: string) => PartialTensor | null,
): Omit<ValueScope, 'outputs' | 'partial'> {
  const name = (i: number) => node.inputs[i] ?? '';
  return {
    node,
    opset: opsets.get(node.domain) ?? 1,
    inputCount: node.inputs.length,
    has: (i) => name(i) !== '',
    dtype: (i) => types.get(name(i))?.dtype ?? null,
    shape: (i) => types.get(name(i))?.shape ?? null,
    values: (i) => valueOf(name(i))?.values ?? null,
    contradiction: (reason, cause) =>
      new ModelError(
        'modelShapeUnresolved',
        { node: node.name || node.outputs[0] || '', op: node.op, reason },
        { cause },
      ),
  };
}

/** What was inferred, completed by what the file states. */
function complete(own: ValueType, stated: ValueType | undefined): ValueType {
  if (!stated) return own;
  const dtype = own.dtype ?? stated.dtype;
  if (!own.shape || !stated.shape || own.shape.length !== stated.shape.length) {
    return { dtype, shape: own.shape ?? stated.shape };
  }
  return { dtype, shape: own.shape.map((dim, axis) => dim ?? stated.shape![axis]!) };
}
