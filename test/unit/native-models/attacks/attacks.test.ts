import { describe, expect, it } from 'vitest';
import { attackNamed, attacks } from '../../../../native-models/attacks/index.ts';
import { norms } from '../../../../native-models/attacks/norms/index.ts';
import { rowOf, type AttackTask } from '../../../../native-models/attacks/task.ts';
import { seededRandom } from '../../../../native-models/random.ts';
import { linearVictim, ownTask, smallVictim } from './victims.ts';

const classes = 4;
const names = [...attacks.keys()];
/** Square guesses; the others follow the gradient, which on a linear network is the whole truth. */
const exact = names.filter((name) => attacks.get(name)!.usesGradient);

/** Distance of each image to the nearest boundary of a linear network, away from the borders of [0, 1]. */
function boundaryDistances({ clean, labels, norm }: AttackTask, weights: Float32Array): number[] {
  const length = clean.length / labels.length;
  return labels.map((label, row) => {
    const image = rowOf(clean, row, length);
    const own = rowOf(weights, label, length);
    const others = Array.from({ length: weights.length / length }, (_, k) => k).filter((k) => k !== label);
    return Math.min(
      ...others.map((k) => {
        const w = rowOf(weights, k, length).map((value, i) => value - own[i]!);
        const margin = w.reduce((sum, value, i) => sum + value * image[i]!, 0);
        return -margin / norm.dualSize(w);
      }),
    );
  });
}

describe.each(['linf', 'l2'] as const)('attacks in %s', (normName) => {
  const norm = norms[normName];

  it.each(exact.filter((name) => name !== 'fgsm' || normName === 'linf'))(
    '%s breaks exactly what can be broken of a linear network',
    async (name) => {
      const { victim, weights } = linearVictim(classes);
      const base = { ...(await ownTask(victim, 24, 0)), norm };
      const distances = boundaryDistances(base, weights);
      // Half can be broken. A gap around the radius leaves room for rounding and for attacks that only come close.
      const epsilon = [...distances].sort((a, b) => a - b)[12]!;
      const { margins } = await attackNamed(name, classes).run({ ...base, epsilon });
      distances.forEach((distance, row) => {
        if (distance > epsilon * 1.001) expect(margins[row], `image ${row}`).toBeLessThan(0);
        // FGSM and PGD on the cross-entropy may run toward a class that is not the nearest.
        const isSure = ['apgd-margin', 'apgd-dlr', 'apgd-t', 'fab'].includes(name);
        if (distance < epsilon * (isSure ? 0.98 : 0.6))
          expect(margins[row], `image ${row}`).toBeGreaterThanOrEqual(0);
      });
      await victim.close();
    },
  );

  it.each(names)('%s stays inside the ball and [0, 1], and misjudges more than it found', async (name) => {
    const victim = smallVictim(classes);
    const epsilon = normName === 'linf' ? 0.08 : 0.8;
    const task = { ...(await ownTask(victim, 16, epsilon)), norm, steps: name === 'square' ? 200 : 20 };
    const { images, margins } = await attackNamed(name, classes).run(task);
    for (const row of task.labels.keys()) {
      const image = rowOf(images, row, victim.length);
      expect(norm.distance(image, rowOf(task.clean, row, victim.length))).toBeLessThanOrEqual(
        epsilon * (1 + 1e-5),
      );
      expect(Math.min(...image)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...image)).toBeLessThanOrEqual(1);
    }
    expect(margins.filter((margin) => margin >= 0).length).toBeGreaterThan(4);
    // What it says of its images is what the network says of them.
    const logits = await victim.logits(images);
    task.labels.forEach((label, row) => {
      const own = rowOf(logits, row, classes);
      const rival = Math.max(...[...own].filter((_, k) => k !== label));
      expect(rival - own[label]!).toBeCloseTo(margins[row]!, 4);
    });
    await victim.close();
  });

  it.each(names)('%s does the same again with the same seed', async (name) => {
    const victim = smallVictim(classes);
    const task = { ...(await ownTask(victim, 4, normName === 'linf' ? 0.05 : 0.5)), norm, steps: 8 };
    const run = () => attackNamed(name, classes).run({ ...task, random: seededRandom(6) });
    const [first, second] = [await run(), await run()];
    expect(second.images).toEqual(first.images);
    await victim.close();
  });
});

describe('an attack', () => {
  it('with more restarts never does worse', async () => {
    const victim = smallVictim(classes);
    const task = { ...(await ownTask(victim, 16, 0.03)), steps: 5 };
    const { run } = attackNamed('pgd', classes);
    const broken = async (restarts: number) =>
      (await run({ ...task, restarts })).margins.filter((margin) => margin >= 0).length;
    expect(await broken(4)).toBeGreaterThanOrEqual(await broken(1));
    await victim.close();
  });

  it('of no known name is refused with the list, and so is one that needs more classes', () => {
    expect(() => attackNamed('autoattack', 10)).toThrow(/apgd-ce/);
    expect(() => attackNamed('apgd-t', 2)).toThrow(/needs 4 classes/);
    expect(() => attackNamed('apgd-dlr', 2)).toThrow(/needs 3 classes/);
  });

  it.each(names)('%s stops when it is cancelled', async (name) => {
    const victim = smallVictim(classes);
    const controller = new AbortController();
    controller.abort();
    const task = { ...(await ownTask(victim, 2, 0.01)), signal: controller.signal };
    await expect(attackNamed(name, classes).run(task)).rejects.toThrow(/cancelled/);
    await victim.close();
  });
});
