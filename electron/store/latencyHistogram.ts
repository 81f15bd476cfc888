/**
 * Log-spaced histogram of latencies, so that percentiles of any period can be had from rollups. Four bins an
 * octave from 0.1 ms up: a percentile is right within ±9 %. Bin 0 is everything up to 0.1 ms, the last bin
 * everything above a quarter of an hour. Kept as a blob of five bytes a filled bin: bin (1), count (4,
 * little-endian).
 */
export type LatencyHistogram = Map<number, number>;

const firstMs = 0.1;
const binsPerOctave = 4;
const lastBin = 93;
const bytesPerBin = 5;

/** Bin of a latency in milliseconds. */
export function latencyBin(ms: number): number {
  if (!(ms > firstMs)) return 0;
  return Math.min(lastBin, Math.ceil(Math.log2(ms / firstMs) * binsPerOctave));
}

export function addLatency(histogram: LatencyHistogram, ms: number, count = 1): void {
  const bin = latencyBin(ms);
  histogram.set(bin, (histogram.get(bin) ?? 0) + count);
}

/** Adds the counts of `other` to `histogram`. */
export function mergeHistogram(histogram: LatencyHistogram, other: LatencyHistogram): void {
  for (const [bin, count] of other) histogram.set(bin, (histogram.get(bin) ?? 0) + count);
}

/** Latency (ms) that the share `p` (0..1) of the parts does not exceed; the bin's geometric middle. `null` if empty. */
export function percentile(histogram: LatencyHistogram, p: number): number | null {
  const bins = [...histogram].sort(([a], [b]) => a - b);
  const total = bins.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bin, count] of bins) {
    seen += count;
    if (seen >= p * total) return firstMs * 2 ** ((bin - 0.5) / binsPerOctave);
  }
  return null;
}

export function encodeHistogram(histogram: LatencyHistogram): Buffer {
  const blob = Buffer.alloc(histogram.size * bytesPerBin);
  let at = 0;
  for (const [bin, count] of [...histogram].sort(([a], [b]) => a - b)) {
    at = blob.writeUInt32LE(count, blob.writeUInt8(bin, at));
  }
  return blob;
}

export function decodeHistogram(blob: Buffer): LatencyHistogram {
  const histogram: LatencyHistogram = new Map();
  for (let at = 0; at < blob.length; at += bytesPerBin) {
    histogram.set(blob.readUInt8(at), blob.readUInt32LE(at + 1));
  }
  return histogram;
}
