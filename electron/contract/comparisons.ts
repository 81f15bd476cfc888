import { z } from 'zod';
import { FineTuneReply, type FineTunePlan, type FineTuneSettings } from './engine.ts';
import { ErrorInfo } from './errors.ts';

/**
 * What a run is measured against: the same trainings with selection switched off, on the same images, costs and seed.
 *
 * - `randomSamples`: as many samples, drawn at random
 * - `randomLayers`: as many modules, drawn at random
 * - `wholeModel`: adversarial training of everything (PGD-10 on every sample)
 */
export const comparisonKinds = ['randomSamples', 'randomLayers', 'wholeModel'] as const;
export const ComparisonKind = z.enum(comparisonKinds);
export type ComparisonKind = z.infer<typeof ComparisonKind>;

/** Those that make sense beside an objective: one that chooses no samples and no layers has no random ones beside it. */
export function comparisonsFor({
  objective,
}: Pick<FineTuneSettings, 'objective'>): readonly ComparisonKind[] {
  return objective === 'memory' ? ['wholeModel'] : comparisonKinds;
}

export const Comparison = z.object({
  kind: ComparisonKind,
  /** `cancelled`: somebody left it out; it does not go on with the run. */
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
  result: FineTuneReply.nullable(),
  error: ErrorInfo.optional(),
});
export type Comparison = z.infer<typeof Comparison>;

/** Steps of the attack that whole models are trained with, as everybody does. */
const wholeSteps = 10;

/** Settings of a comparison: costs, site, seed and sides stay, so that the figures can be compared. */
export function comparisonSettings(
  kind: ComparisonKind,
  settings: FineTuneSettings,
  { layers }: Pick<FineTunePlan, 'layers'>,
): FineTuneSettings {
  if (kind === 'randomSamples') return { ...settings, samples: 'random' };
  if (kind === 'randomLayers') {
    const chosen = layers.filter(({ isChosen }) => isChosen).length;
    return { ...settings, layers: `random:${Math.max(1, chosen) / layers.length}` };
  }
  const everything = { layers: 'all', samples: 'all' } as const;
  return { ...settings, ...everything, objective: 'pgd', attackSteps: wholeSteps };
}

/** What a comparison will cost, about: those with as much to train as the run itself does, the other as planned. */
export function comparisonCost(
  kind: ComparisonKind,
  { total }: Pick<FineTunePlan, 'total'>,
): { flops: number; seconds: number } {
  const { flops, wholeFlops, seconds } = total;
  if (kind !== 'wholeModel') return { flops, seconds };
  return { flops: wholeFlops, seconds: flops > 0 ? (seconds * wholeFlops) / flops : 0 };
}
