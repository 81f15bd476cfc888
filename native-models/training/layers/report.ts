import { countModel } from '../../onnx/count.ts';
import type { Model } from '../../onnx/ir.ts';
import type { StepGraph } from '../stepGraph.ts';
import { lowestParameter } from './select.ts';

/** What a choice of layers costs. */
export interface LayerReport {
  /** Number of elements that train. */
  readonly parameters: number;
  /** The trained initializer nearest to the image, where the backward pass ends. */
  readonly lowest: string;
  /** Floating-point operations of one step, counted on the graph that runs: forward, loss and pruned backward. */
  readonly stepFlops: number;
  /** Of the forward pass alone, at the same shapes. */
  readonly forwardFlops: number;
}

/**
 * Counts a choice of layers before any compute is spent on it.
 * @param trained initializers of `model` that train in `step`, at least one
 * @param inputShapes sizes of the step's inputs (images, labels …), by name
 * @throws ModelError modelShapeUnresolved
 */
export function reportLayers(
  model: Model,
  trained: readonly string[],
  step: StepGraph,
  inputShapes: Readonly<Record<string, readonly number[]>>,
): LayerReport {
  const own = new Set(model.graph.inputs.map(({ name }) => name));
  const ownShapes = Object.fromEntries(Object.entries(inputShapes).filter(([name]) => own.has(name)));
  return {
    parameters: trained.reduce((sum, name) => sum + model.graph.initializers.get(name)!.data.length, 0),
    lowest: lowestParameter(model, trained)!,
    stepFlops: countModel(step.model, inputShapes).flops,
    forwardFlops: countModel(model, ownShapes).flops,
  };
}
