/** Position of the largest value, the first of several; the class that logits speak for. */
export function largest(values: Float32Array): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[at]!) at = i;
  return at;
}

/** Cross-entropy of softmax(logits) against a label, with the maximum taken out. @param logits float32 [C] of one sample */
export function crossEntropyOf(logits: Float32Array, label: number): number {
  const top = logits[largest(logits)]!;
  const total = logits.reduce((sum, value) => sum + Math.exp(value - top), 0);
  return Math.log(total) + top - logits[label]!;
}
