import { ModelError } from '../errors.ts';
import { apgdCe, apgdDlr, apgdMargin } from './apgd.ts';
import { apgdTargeted } from './apgdTargeted.ts';
import { fab } from './fab.ts';
import { fgsm, pgd } from './pgd.ts';
import { square } from './square.ts';
import type { Attack } from './task.ts';

export interface AttackEntry {
  readonly run: Attack;
  /** Follows gradients; one that does not is a check on those that do. */
  readonly usesGradient: boolean;
  /** Fewest classes for which its loss is defined. */
  readonly minimumClasses: number;
}

/** Every attack there is, by the name that people give. */
export const attacks: ReadonlyMap<string, AttackEntry> = new Map<string, AttackEntry>([
  ['fgsm', { run: fgsm, usesGradient: true, minimumClasses: 2 }],
  ['pgd', { run: pgd, usesGradient: true, minimumClasses: 2 }],
  ['apgd-ce', { run: apgdCe, usesGradient: true, minimumClasses: 2 }],
  ['apgd-margin', { run: apgdMargin, usesGradient: true, minimumClasses: 2 }],
  ['apgd-dlr', { run: apgdDlr, usesGradient: true, minimumClasses: 3 }],
  ['apgd-t', { run: apgdTargeted, usesGradient: true, minimumClasses: 4 }],
  ['fab', { run: fab, usesGradient: true, minimumClasses: 2 }],
  ['square', { run: square, usesGradient: false, minimumClasses: 2 }],
]);

/** @throws ModelError `badRequest` naming the attack and what there is, or what it needs */
export function attackNamed(name: string, classes: number): AttackEntry {
  const entry = attacks.get(name);
  if (!entry) {
    throw new ModelError('badRequest', {
      field: 'attack',
      name,
      reason: `one of ${[...attacks.keys()].join(', ')}`,
    });
  }
  if (classes < entry.minimumClasses) {
    const reason = `${name} needs ${entry.minimumClasses} classes, this model has ${classes}`;
    throw new ModelError('badRequest', { field: 'attack', name, reason });
  }
  return entry;
}
