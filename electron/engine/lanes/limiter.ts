/** Lets a number of holders in at a time, in order of arrival. */
export interface Limiter {
  /** Resolves when there is room, with the function that makes room for the next; calling it again does nothing. */
  enter(): Promise<() => void>;
}

export function limiter(width: number): Limiter {
  const queue: (() => void)[] = [];
  let inside = 0;

  return {
    enter: async () => {
      if (inside >= width) await new Promise<void>((resolve) => queue.push(resolve));
      else inside += 1;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        // The place is handed over, not given back: a newcomer must not overtake the queue.
        const next = queue.shift();
        if (next) next();
        else inside -= 1;
      };
    },
  };
}
