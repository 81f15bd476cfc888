/** Mean over the parts of a batch: what they would have given in one run. */
export class GradientMean {
  /** Weighted mean so far. */
  loss = 0;
  /** By parameter; in the memory of the first part. */
  gradients: ReadonlyMap<string, Float32Array> = new Map();

  /** @param share of this part in the weight of the batch; the shares add up to 1 */
  add(loss: number, gradients: ReadonlyMap<string, Float32Array>, share: number): void {
    this.loss += loss * share;
    if (this.gradients.size === 0) {
      this.gradients = gradients;
      if (share !== 1) for (const values of gradients.values()) scale(values, share);
      return;
    }
    for (const [name, sum] of this.gradients) addScaled(sum, gradients.get(name)!, share);
  }
}

function scale(values: Float32Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor;
}

function addScaled(sum: Float32Array, values: Float32Array, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + values[i]! * factor;
}
