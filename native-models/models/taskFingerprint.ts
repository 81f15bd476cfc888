import { seededRandom } from '../random.ts';
import { backboneTask } from './backboneTask.ts';

/** Surfaces besides the products: enough for a sample of every fault, on every sort of surface. */
const surfaces = 10;
/** Numbers for each sample. */
const projections = 2;
/** Of the numbers as they are kept. */
const decimals = 3;

/**
 * What identifies the samples that a backbone of this seed is trained on: random projections of a few of them, one for
 * every fault, in units of the network's input. What another processor rounds differently does not show in them; what a
 * change of the drawing does to the samples does.
 * @see isSameTask
 */
export async function taskFingerprint(seed: number): Promise<number[]> {
  const task = backboneTask('image', { surfaces, pieces: 1, blemished: 1, clean: 1 }, seed);
  const numbers: number[] = [];
  for (let fault = 0; fault < task.faults; fault++) {
    // Each on a surface of its own; the first are products.
    const { image } = await task.validation.source.batch([fault * task.faults + fault], null);
    const values = image!.data as Float32Array;
    for (let projection = 0; projection < projections; projection++) {
      const signs = seededRandom(projection).fork(fault);
      const sum = values.reduce((total, value) => total + (signs.uniform() < 0.5 ? -value : value), 0);
      numbers.push(Number((sum / Math.sqrt(values.length)).toFixed(decimals)));
    }
  }
  return numbers;
}

/** Whether two fingerprints are of the same samples, rounding aside. */
export function isSameTask(one: readonly number[], other: readonly number[]): boolean {
  const tolerance = 1.5 * 10 ** -decimals;
  return one.length === other.length && one.every((value, at) => Math.abs(value - other[at]!) < tolerance);
}
