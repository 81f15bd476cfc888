/** Half open, milliseconds. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** Divides a span into the part that consists of whole periods and what is left at either end. */
export function splitOff(
  span: Span,
  periodMs: number,
  whole: (span: Span) => void,
  rest: (span: Span) => void,
): void {
  const fromMs = Math.ceil(span.fromMs / periodMs) * periodMs;
  const toMs = Math.floor(span.toMs / periodMs) * periodMs;
  const parts =
    fromMs < toMs
      ? [
          { fromMs: span.fromMs, toMs: fromMs },
          { fromMs: toMs, toMs: span.toMs },
        ]
      : [span];
  if (fromMs < toMs) whole({ fromMs, toMs });
  for (const part of parts) if (part.fromMs < part.toMs) rest(part);
}
