const minuteMs = 60_000;

/** A moment as a field of type `datetime-local` holds it, to the minute, in the time of this computer. */
export function localInput(ms: number): string {
  const offsetMs = new Date(ms).getTimezoneOffset() * minuteMs;
  return new Date(ms - offsetMs).toISOString().slice(0, 16);
}
