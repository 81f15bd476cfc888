/** Runs tasks in order of arrival, at most `width` of them at a time. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

export function limiter(width: number): Limiter {
  const queue: (() => void)[] = [];
  let running = 0;

  return async (task) => {
    if (running >= width) await new Promise<void>((resolve) => queue.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      // The place is handed over, not given back: a newcomer must not overtake the queue.
      const next = queue.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
