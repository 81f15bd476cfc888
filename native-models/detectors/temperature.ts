/** Classified parts the classifier has not learned from. */
export interface HeldOutLogits {
  /** float32 [classes] of each part. */
  readonly logits: readonly Float32Array[];
  /** Class of each part. */
  readonly labels: readonly number[];
}

/** Between these, no classifier says anything else at either end than just beyond it. */
const coldest = 1 / 100;
const hottest = 100;
/** Halvings of that range: the temperature is exact to about 1e-12 of itself. */
const halvings = 50;

/**
 * Temperature that makes probabilities mean what they say (Guo et al., ICML 2017, section 4.2): the one that
 * minimises the cross-entropy of softmax(logits / T) on held-out parts. That is convex in 1/T, so its slope has
 * one root, found by bisection. One part more than there are is thought of, of every class in equal shares, and
 * its share spread over all: where every held-out part is classified right, certainty would otherwise have no end
 * (as Platt 1999, in Advances in Large Margin Classifiers, section 2.2).
 * @returns 1 without parts
 */
export function fitTemperature({ logits, labels }: HeldOutLogits): number {
  if (logits.length === 0) return 1;
  const wanted = logits.map((row, at) => expectedLogit(row, labels[at]!, logits.length));
  const slope = (inverse: number) =>
    logits.reduce((sum, row, at) => sum + softMean(row, inverse) - wanted[at]!, 0);
  let low = Math.log(1 / hottest);
  let high = Math.log(1 / coldest);
  for (let i = 0; i < halvings; i++) {
    const middle = (low + high) / 2;
    if (slope(Math.exp(middle)) > 0) high = middle;
    else low = middle;
  }
  return Math.exp(-(low + high) / 2);
}

/** Mean of the logits under the truth, of which one part in `parts` + 1 is any class. */
function expectedLogit(row: Float32Array, label: number, parts: number): number {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  return (mean + parts * row[label]!) / (parts + 1);
}

/** Mean of the logits under softmax(logits · inverse). */
function softMean(row: Float32Array, inverse: number): number {
  const top = row.reduce((best, value) => Math.max(best, value), -Infinity);
  let weights = 0;
  let sum = 0;
  for (const value of row) {
    const weight = Math.exp((value - top) * inverse);
    weights += weight;
    sum += weight * value;
  }
  return sum / weights;
}

/** Mean cross-entropy of softmax(logits / temperature) against the labels, in nats. */
export function crossEntropyAt({ logits, labels }: HeldOutLogits, temperature: number): number {
  const losses = logits.map((row, at) => {
    const top = row.reduce((best, value) => Math.max(best, value), -Infinity);
    const total = row.reduce((sum, value) => sum + Math.exp((value - top) / temperature), 0);
    return Math.log(total) + (top - row[labels[at]!]!) / temperature;
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / Math.max(1, losses.length);
}
