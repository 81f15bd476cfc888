import { startEngine } from '../../electron/engine/startEngine.ts';
import { nodeLauncher } from '../../electron/platform/launcher.ts';
import type { SmallDetector } from './smallDetector.ts';
import { demoPart } from './smallDetector.ts';

/**
 * A host that starts an engine, tells its process number on standard output and waits to be killed. With a detector (as JSON)
 * it has parts judged by it all the while, and tells the number only when some are.
 */
const [detector] = process.argv.slice(2);
const enoughParts = 5;

const engine = startEngine({
  launcher: nodeLauncher,
  role: 'inspect',
  spare: false,
  config: { imagesDir: null, threads: detector === undefined ? 1 : 2, provider: 'cpu' },
  onState: ({ status, pid }) => {
    if (status === 'ready' && detector === undefined) process.stdout.write(`${pid}\n`);
  },
});

if (detector !== undefined) {
  const model = JSON.parse(detector) as SmallDetector;
  let judged = 0;
  const judgeOn = async () => {
    for (;;) {
      await engine.call('judge', { key: `${judged}`, image: demoPart(judged % 8), model, keep: 'notOk' });
      judged += 1;
      if (judged === enoughParts) process.stdout.write(`${engine.state.pid}\n`);
    }
  };
  for (let line = 0; line < engine.busyWith; line++) void judgeOn();
}
