import { isFloatType } from './dataTypes.ts';
import type { Graph } from './ir.ts';

/** Inputs that hold settings or statistics: [operator, first position, last position]. */
const notLearned: readonly (readonly [op: string, first: number, last: number])[] = [
  ['BatchNormalization', 3, 4],
  ['Clip', 1, 2],
  ['Dropout', 1, 2],
  ['Pad', 1, 3],
  ['QuantizeLinear', 1, 2],
  ['DequantizeLinear', 1, 2],
  ['Range', 0, 2],
  ['Resize', 1, 3],
  ['Upsample', 1, 1],
];

/**
 * Names of the initializers a training could change: floats with at least one dimension that some node reads other
 * than as a running statistic, a bound or a scale. Constants that exporters left in the same form (an attention
 * mask, a folded table) cannot be told from parameters and are listed too.
 */
export function parameterNames(graph: Graph): readonly string[] {
  const learned = new Set<string>();
  for (const node of graph.nodes) {
    node.inputs.forEach((name, position) => {
      const isSetting = notLearned.some(
        ([op, first, last]) => op === node.op && position >= first && position <= last,
      );
      if (!isSetting) learned.add(name);
    });
  }
  return [...graph.initializers]
    .filter(([name, { dtype, dims }]) => learned.has(name) && isFloatType(dtype) && dims.length > 0)
    .map(([name]) => name);
}
