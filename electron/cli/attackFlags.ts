import type { EngineRequest } from '../contract/engine.ts';
import { usualEvaluationBatch } from '../contract/usualSettings.ts';
import { oneOf, someOf } from './arguments.ts';
import { UsageError, type Flags, type Given } from './command.ts';

/** Flags of the commands that attack. */
export const attackFlags: Flags = {
  norm: { type: 'string', value: 'NAME', help: 'linf (default) or l2' },
  eps: {
    type: 'string',
    value: 'E,E',
    help: 'radii of pixel values in 0..1, e.g. 2/255 (default 1/255,2/255,4/255)',
  },
  steps: { type: 'string', value: 'N', help: "iterations of every attack (default: each one's own number)" },
  batch: { type: 'string', value: 'N', help: 'images computed at one time (default 16)' },
};

/** Those that the engine has. */
export const attackNames = [
  'fgsm',
  'pgd',
  'apgd-ce',
  'apgd-margin',
  'apgd-dlr',
  'apgd-t',
  'fab',
  'square',
] as const;

const usualRadii = { linf: '1/255,2/255,4/255', l2: '0.5,1,2' } as const;

/** The attacks asked for, or null. @throws {UsageError} */
export function attackPlanOf(given: Given): EngineRequest<'evaluate'>['attacks'] {
  const asked = given.text('attacks') ?? 'none';
  if (asked === 'none') return null;
  const names = someOf('attacks', asked, attackNames);
  const steps = stepsOf(given);
  return {
    attacks: names,
    norm: normOf(given),
    epsilons: radiiOf(given),
    steps: steps === null ? {} : Object.fromEntries(names.map((name) => [name, steps])),
  };
}

export function normOf(given: Given): 'linf' | 'l2' {
  return oneOf('norm', given.text('norm') ?? 'linf', ['linf', 'l2']);
}

/** @throws {UsageError} for a radius that is no number or fraction above 0 */
export function radiiOf(given: Given): number[] {
  const text = given.text('eps') ?? usualRadii[normOf(given)];
  return text.split(',').map(radiusOf);
}

export function stepsOf(given: Given): number | null {
  return given.has('steps') ? given.integer('steps', 1, 1, 1_000_000) : null;
}

export function batchOf(given: Given): number {
  return given.integer('batch', usualEvaluationBatch, 1, 4096);
}

/** Of `--eps`. @throws {UsageError} */
export function radiusOf(text: string): number {
  return numberOf('eps', text);
}

/** A number above 0, or two with a slash between: `2/255`. @throws {UsageError} */
export function numberOf(flag: string, text: string): number {
  const parts = text.split('/').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [above, below = 1] = parts;
  const value = above! / below;
  if (parts.length > 2 || !(value > 0 && value < Infinity)) {
    throw new UsageError(`--${flag} needs numbers above 0 such as 0.01 or 2/255, not "${text}"`);
  }
  return value;
}
