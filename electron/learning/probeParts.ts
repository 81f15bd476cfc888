/** A part to probe with, and what it is taken for. */
export interface ProbePart {
  readonly path: string;
  readonly label: string;
}

/** How long a model is probed at most, as far as it can be told beforehand. */
export const probeSeconds = 240;

/** Some of each label in turn, each label's evenly. */
export function spread(parts: readonly ProbePart[], most: number): ProbePart[] {
  const queues = [...Map.groupBy(parts, ({ label }) => label).values()];
  const share = (queue: readonly ProbePart[], count: number) =>
    Array.from({ length: count }, (_, at) => queue[Math.floor((at * queue.length) / count)]!);
  let left = most;
  return queues
    .sort((one, other) => one.length - other.length)
    .flatMap((queue, at) => {
      const count = Math.min(queue.length, Math.floor(left / (queues.length - at)));
      left -= count;
      return share(queue, count);
    });
}
