import { readCard, withCard } from '../../detectors/card.ts';
import type { Model } from '../../onnx/ir.ts';

/**
 * The same detector reading pictures brought to one mean and spread, see `normaliseImage`: what a lamp does to a whole
 * picture is gone before the network sees it. What the detector knows of good parts has to be learned again for it.
 * @returns null where something evens out the light already, or for a model without a card
 */
export function evenedLight(model: Model): Model | null {
  const card = readCard(model);
  if (!card) return null;
  const { normalise, correction } = card.preprocess;
  const isEvened = normalise !== 'none' || (correction !== undefined && correction.light !== 'none');
  return isEvened
    ? null
    : withCard(model, { ...card, preprocess: { ...card.preprocess, normalise: 'image' } });
}
