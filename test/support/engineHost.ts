import { startEngine } from '../../electron/engine/startEngine.ts';
import { nodeLauncher } from '../../electron/platform/launcher.ts';

/** A host that starts an engine, tells its process number on standard output and waits to be killed. */
startEngine({
  launcher: nodeLauncher,
  role: 'inspect',
  spare: false,
  config: { imagesDir: null, threads: 1, provider: 'cpu' },
  onState: ({ status, pid }) => {
    if (status === 'ready') process.stdout.write(`${pid}\n`);
  },
});
