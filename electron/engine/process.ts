import { systemClock } from '../platform/clock.ts';
import { lowerPriority } from '../platform/lowerPriority.ts';
import { engineHandlers } from './calls/index.ts';
import { hostPort } from './hostPort.ts';
import { serve } from './serve.ts';

/**
 * Entry point of an engine process. Argument `--role=train` lowers its priority: verdicts go first. It ends with its
 * host: nobody would ever ask it anything again.
 */
if (process.argv.includes('--role=train')) lowerPriority();

// Ctrl-C, a closed terminal and a service manager signal the whole group: the host decides when the engine
// ends, so that the parts under way still get their verdict.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

// A key press on the terminal reaches the host and us; what it means is for the host to say.
process.on('SIGINT', () => undefined);

const port = hostPort();
// Not by `process.exit`: that would stop the threads of the lanes in the middle of a network, out of which onnxruntime's
// binding throws where nobody can catch it ("terminate called after throwing an instance of 'Napi::Error'").
port.onClose(() => process.kill(process.pid, 'SIGKILL'));
serve(port, engineHandlers(systemClock), systemClock);
port.send({ type: 'ready', pid: process.pid });
