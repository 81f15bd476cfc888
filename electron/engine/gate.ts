/** Something that work passes through before each step, and that can be closed to hold it. */
export interface Gate {
  set(closed: boolean): void;
  /** Resolves while the gate is open; when `signal` is aborted it lets pass too, so that the work can end. */
  pass(signal: AbortSignal): Promise<void>;
}

export function gate(): Gate {
  let opened: Promise<void> | null = null;
  let open = () => {};
  return {
    set(closed) {
      if (closed === (opened !== null)) return;
      if (closed) opened = new Promise((resolve) => (open = resolve));
      else {
        opened = null;
        open();
      }
    },
    async pass(signal) {
      while (opened !== null && !signal.aborted) {
        const { promise: aborted, resolve } = Promise.withResolvers<void>();
        const stop = () => resolve();
        signal.addEventListener('abort', stop, { once: true });
        await Promise.race([opened, aborted]);
        signal.removeEventListener('abort', stop);
      }
    },
  };
}
