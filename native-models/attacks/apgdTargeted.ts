import { apgd } from './apgd.ts';
import { targetsOf } from './targets.ts';
import { gatherRows, Trial, type AttackOutcome, type AttackTask } from './task.ts';

/** Classes tried, the likeliest first (Croce & Hein, arXiv 2003.01690, section 5). */
const mostTargets = 9;

/** Auto-PGD on the targeted DLR loss, one start for each of the likeliest wrong classes. */
export async function apgdTargeted(task: AttackTask): Promise<AttackOutcome> {
  const { victim, labels, clean } = task;
  let trial = new Trial(task);
  const rows = trial.open();
  const logits = await victim.logits(gatherRows(clean, rows, victim.length));
  for (let rank = 0; rank < Math.min(mostTargets, victim.classes - 1); rank++) {
    const targets = targetsOf(logits, labels, victim.classes, rank);
    const random = task.random.fork(`target ${rank}`);
    trial = await apgd({ ...task, random }, { loss: 'dlr-targeted', targets, randomStart: false }, trial);
  }
  return trial;
}
