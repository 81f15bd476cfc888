import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../../platform/clock.ts';
import { toFailure } from '../failure.ts';
import { localLane } from './localLane.ts';
import type { LanePlan } from './plan.ts';
import type { LaneAnswer, LaneRequest } from './threadLane.ts';

/** Entry point of a lane's thread. */
const port = parentPort as MessagePort;
const lane = localLane(workerData as LanePlan, systemClock);

const answer = async (request: LaneRequest): Promise<LaneAnswer> => {
  const { id, ask, alone } = request;
  try {
    if (ask === 'load') return { id, answer: await lane.load(request.model, alone) };
    return { id, answer: await lane.look(request.part, alone) };
  } catch (thrown) {
    return { id, error: toFailure(thrown) };
  }
};

port.on('message', (message: LaneRequest | 'close') => {
  if (message === 'close') void lane.close().then(() => port.close());
  else void answer(message).then((said) => port.postMessage(said));
});
