import { systemClock } from '../../electron/platform/clock.ts';
import { engineHandlers } from '../../electron/engine/calls/index.ts';
import { hostPort } from '../../electron/engine/hostPort.ts';
import { serve } from '../../electron/engine/serve.ts';

/**
 * The real engine, except that a part whose key starts with `deadly` kills the process, as a fault in native
 * code would, and one that starts with `endless` keeps it busy for ever.
 */
const port = hostPort();
port.onClose(() => process.kill(process.pid, 'SIGKILL'));
const handlers = engineHandlers(systemClock);
serve(
  port,
  {
    ...handlers,
    judge: async (request, context) => {
      if (request.key.startsWith('deadly')) process.kill(process.pid, 'SIGKILL');
      while (request.key.startsWith('endless'));
      return handlers.judge(request, context);
    },
  },
  systemClock,
);
port.send({ type: 'ready', pid: process.pid });
