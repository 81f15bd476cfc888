import { ModelError } from '../../errors.ts';
import type { Model, Node } from '../ir.ts';
import { GraphBuilder } from '../build.ts';
import { inferGraph } from '../shapes/infer.ts';
import { hasSubgraph } from '../topology.ts';
import { opsetSteps, type UpgradeScope } from './opsetSteps.ts';

/** Operator sets this library knows. */
export const oldestOpset = 9;
export const newestOpset = 22;
const oldestTarget = 13;

/** IR version that belongs to an operator set (https://github.com/onnx/onnx/blob/main/docs/Versioning.md). */
function irVersionOf(opset: number): number {
  const firsts: readonly (readonly [opset: number, irVersion: number])[] = [
    [21, 10],
    [19, 9],
    [15, 8],
    [12, 7],
    [11, 6],
    [10, 5],
    [9, 4],
  ];
  return firsts.find(([first]) => opset >= first)?.[1] ?? 3;
}

/**
 * Brings the standard operators to a newer operator set with the same results; a model that is there already comes
 * back unchanged. The cases are listed in `opsetSteps.ts`: attributes that became inputs, changed defaults,
 * operators that were replaced.
 * @param target operator set wanted, 13 to 22; default 17
 * @throws ModelError modelOperatorUnknown where the model is older than operator set 9, and for control flow, whose
 *   inner graphs this does not rewrite; badRequest for another target
 */
export function upgradeOpset(model: Model, target = 17): Model {
  const from = model.opsets.get('');
  if (target < oldestTarget || target > newestOpset) throw new ModelError('badRequest', { opset: target });
  if (from === undefined || from >= target) return model;
  if (from < oldestOpset) throw new ModelError('modelOperatorUnknown', { opset: from });
  const { graph } = model;
  const flow = graph.nodes.find(hasSubgraph);
  if (flow) throw new ModelError('modelOperatorUnknown', { op: flow.op, node: flow.name, opset: from });

  const { types } = inferGraph(model);
  const g = new GraphBuilder({ ...model, graph: { ...graph, nodes: [] } });
  for (const node of graph.nodes) for (const name of node.outputs) if (name !== '') g.fresh(name);
  const steps = opsetSteps.filter(({ to }) => to > from && to <= target);
  const added: Node[] = [];

  const scope: UpgradeScope = {
    constant: (tensor, hint) => g.constant(tensor, hint),
    fresh: (hint) => g.fresh(hint),
    shape: (name) => types.get(name)?.shape ?? null,
    dtype: (name) => types.get(name)?.dtype ?? null,
  };
  for (const node of graph.nodes) {
    const upgraded = steps.reduce<readonly Node[]>(
      (nodes, step) =>
        nodes.flatMap((each) =>
          each.domain === '' && step.ops.includes(each.op) ? step.apply(each, scope) : [each],
        ),
      [node],
    );
    added.push(...upgraded);
  }
  const built = g.graph();
  return {
    ...model,
    irVersion: Math.max(model.irVersion, irVersionOf(target)),
    opsets: new Map([...model.opsets, ['', target]]),
    graph: { ...built, nodes: added },
  };
}
