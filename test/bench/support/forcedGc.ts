import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects everything that can be collected in this process, now. */
export const forcedGc = runInNewContext('gc') as () => void;
