import { systemClock } from '../platform/clock.ts';
import { exitCodes, runCli } from './run.ts';

/** Entry point of `kenro`. A second interrupt, when the first one takes too long, ends it at once. */
const patienceMs = 1_000;
const abort = new AbortController();
let interruptedMs = Infinity;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const nowMs = systemClock.monotonicMs();
    // A terminal and a wrapper may both deliver the same key press.
    if (nowMs - interruptedMs > patienceMs) process.exit(exitCodes.cancelled);
    interruptedMs = Math.min(interruptedMs, nowMs);
    abort.abort();
  });
}
// A reader that has seen enough (`kenro inspect … | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.done);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: abort.signal,
  clock: systemClock,
});
