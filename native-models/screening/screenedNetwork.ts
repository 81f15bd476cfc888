import { readBackboneCard } from '../detectors/backboneCard.ts';
import { readCard } from '../detectors/card.ts';
import { logitsOutput } from '../detectors/classifierGraph.ts';
import { suggestFeatures } from '../detectors/featureTensors.ts';
import { describeImageNetwork } from '../detectors/describe.ts';
import type { Preprocess } from '../images/preprocess.ts';
import type { Model } from '../onnx/ir.ts';
import { extractSubgraph } from '../onnx/passes/extractSubgraph.ts';
import { readClassifierCard } from '../training/classifierCard.ts';

/** A network and what of it parts are compared by. */
export interface ScreenedNetwork {
  readonly model: Model;
  readonly preprocess: Preprocess;
  readonly features: readonly string[];
}

/**
 * What the parts of a training are compared by: the features that a detector was taught on, else those that
 * `suggestFeatures` finds in what makes the logits.
 * @param wanted other tensors to compare by
 * @returns null where the network has no feature tensor
 * @throws ModelError `modelInputUnsupported`
 */
export function screenedNetwork(
  model: Model,
  wanted: readonly string[] | null = null,
): ScreenedNetwork | null {
  const card = readCard(model);
  if (card && card.features.length > 0 && wanted === null) {
    return { model, preprocess: card.preprocess, features: card.features };
  }
  // What a detector adds behind its network, the backward pass of its map, is no feature of the part.
  const isDetector = model.graph.outputs.some(({ name }) => name === logitsOutput);
  const network = isDetector ? extractSubgraph(model, [logitsOutput]) : model;
  const described = describeImageNetwork(network);
  const own = card ?? readClassifierCard(model) ?? readBackboneCard(model);
  const features = wanted ?? suggestFeatures(described.features, network.graph.nodes);
  if (features.length === 0) return null;
  return { model: network, preprocess: own?.preprocess ?? described.suggestedPreprocess, features };
}
