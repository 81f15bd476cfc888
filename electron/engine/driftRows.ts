import { driftFeatures, type DriftFeature } from '../contract/drift.ts';
import type { NumberedPart } from '../../native-models/statistics/drift/watch.ts';

/** Numbers before the embedding: that of the part and its features. */
const leading = 1 + driftFeatures.length;

/**
 * Parts as one array, which crosses to the engine at the price of a copy.
 * @param embedding numbers of one; a part without one has no numbers there
 * @returns float64 [parts, 1 + features + embedding]
 */
export function packParts(parts: readonly NumberedPart<DriftFeature>[], embedding: number): Float64Array {
  const width = leading + embedding;
  const rows = new Float64Array(parts.length * width).fill(NaN);
  parts.forEach((part, i) => {
    rows[i * width] = part.number;
    driftFeatures.forEach((feature, k) => (rows[i * width + 1 + k] = part.values[feature]));
    if (part.embedding?.length === embedding) rows.set(part.embedding, i * width + leading);
  });
  return rows;
}

/** What `packParts` has packed. */
export function unpackParts(rows: Float64Array, embedding: number): NumberedPart<DriftFeature>[] {
  const width = leading + embedding;
  return Array.from({ length: rows.length / width }, (_, i) => {
    const row = rows.subarray(i * width, (i + 1) * width);
    const values = Object.fromEntries(driftFeatures.map((feature, k) => [feature, row[1 + k]!]));
    const seen = row.subarray(leading);
    return {
      number: row[0]!,
      values: values as Record<DriftFeature, number>,
      embedding: embedding === 0 || Number.isNaN(seen[0]) ? null : [...seen],
    };
  });
}
