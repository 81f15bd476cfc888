/**
 * The class that an image is driven to at a rank: the likeliest wrong one at rank 0.
 * @param logits float32 [N, K]
 */
export function targetsOf(
  logits: Float32Array,
  labels: readonly number[],
  classes: number,
  rank: number,
): number[] {
  return labels.map((label, row) => {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    const wrong = Array.from(own.keys()).filter((k) => k !== label);
    return wrong.sort((a, b) => own[b]! - own[a]! || a - b)[rank]!;
  });
}
