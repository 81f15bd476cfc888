/** Where the program writes what a developer or a service technician may need. Never shown to the operator. */
export interface Log {
  info(message: string, detail?: unknown): void;
  warn(message: string, detail?: unknown): void;
  error(message: string, detail?: unknown): void;
}

/** To standard error, one line each; an exception with its stack. */
export const consoleLog: Log = {
  info: (message, detail) => console.error(line('info', message, detail)),
  warn: (message, detail) => console.error(line('warn', message, detail)),
  error: (message, detail) => console.error(line('error', message, detail)),
};

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function line(level: string, message: string, detail: unknown): string {
  if (detail === undefined) return `${level}: ${message}`;
  const text = detail instanceof Error ? (detail.stack ?? detail.message) : JSON.stringify(detail);
  return `${level}: ${message}: ${text}`;
}
