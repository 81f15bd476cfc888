/**
 * Loaded into every process and thread of a station ahead of its own modules (`--import`): WebGPU is a device that computes
 * as the processor does, and after so many runs goes wrong for good. `KENRO_DEVICE_FAULT` says how: `throw` as a lost
 * device does, `nan` as a broken one, `hang` blocks the thread in native code for ever, `crash` takes the process with it.
 */
import { InferenceSession, type Tensor } from 'onnxruntime-node';

/** Opening a detector takes one, comparing it with its making some more; then come a few parts. */
const healthyRuns = 20;
const fault = process.env['KENRO_DEVICE_FAULT'];
let runs = 0;

type Create = (source: never, options?: InferenceSession.SessionOptions) => Promise<InferenceSession>;
const create = InferenceSession.create as Create;

InferenceSession.create = (async (source: never, options: InferenceSession.SessionOptions = {}) => {
  const isDevice = options.executionProviders?.includes('webgpu') ?? false;
  const session = await create(source, isDevice ? { ...options, executionProviders: ['cpu'] } : options);
  if (isDevice) makeFaulty(session);
  return session;
}) as typeof InferenceSession.create;

function makeFaulty(session: InferenceSession): void {
  const run = session.run.bind(session) as (...given: unknown[]) => Promise<Record<string, Tensor>>;
  session.run = (async (...given: unknown[]) => {
    runs += 1;
    if (runs <= healthyRuns) return run(...given);
    if (fault === 'throw') throw new Error('the device was lost');
    if (fault === 'crash') process.kill(process.pid, 'SIGKILL');
    if (fault === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    const results = await run(...given);
    for (const { data } of Object.values(results)) (data as Float32Array).fill(NaN);
    return results;
  }) as InferenceSession['run'];
}
