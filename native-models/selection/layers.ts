import type { TrainingGroup } from '../training/layers/groups.ts';

/** What one backward pass says about a module (method.md, section 3). */
export interface LayerScore {
  readonly name: string;
  readonly parameters: readonly string[];
  /** Elements of its parameters. */
  readonly size: number;
  /** ‖g‖ / ‖θ‖ (Surgical fine-tuning, arXiv 2210.11466). */
  readonly relativeGradient: number;
  /** ‖θ‖·‖g‖: what a change of its weights in proportion to their size raises the loss by, to first order (RiFT, arXiv 2308.02533). */
  readonly criticality: number;
  /** FLOPs of a step in which this module is the only one that trains. */
  readonly aloneFlops: number;
  /** FLOPs that its own weight gradients add where a lower module trains anyway. */
  readonly ownFlops: number;
}

export interface LayerBudget {
  /** In the order of the graph, from the image to the outputs. */
  readonly scores: readonly LayerScore[];
  /** FLOPs that a step may cost. */
  readonly flops: number;
  /** FLOPs of a step in which these train, counted from its graph. */
  readonly stepFlops: (groups: readonly TrainingGroup[]) => number;
}

/**
 * The modules with the most criticality that a step of so many FLOPs can train. A module near the image makes every
 * layer above it pay for the gradient that passes through, so each module is tried as the lowest; above it those with
 * the most criticality for their own weight gradients are added as long as the step, counted from its graph, fits.
 * Where not even one module fits, the cheapest.
 */
export function chooseLayers({ scores, flops, stepFlops }: LayerBudget): readonly LayerScore[] {
  let best: readonly LayerScore[] = [];
  let most = -Infinity;
  for (const [at, lowest] of scores.entries()) {
    if (lowest.aloneFlops > flops) continue;
    const ranked = scores.slice(at + 1).sort((a, b) => valueOf(b) - valueOf(a));
    const chosen = [lowest];
    let spent = lowest.aloneFlops;
    for (const each of ranked) {
      if (spent + each.ownFlops > flops) continue;
      chosen.push(each);
      spent += each.ownFlops;
    }
    const total = chosen.reduce((sum, { criticality }) => sum + criticality, 0);
    if (total <= most) continue;
    // Shared forward values and shortcuts can make the whole cost more than its parts say.
    while (chosen.length > 1 && stepFlops(chosen) > flops) chosen.pop();
    const kept = chosen.reduce((sum, { criticality }) => sum + criticality, 0);
    if (kept <= most) continue;
    most = kept;
    best = chosen;
  }
  if (best.length === 0) {
    best = [scores.reduce((least, each) => (each.aloneFlops < least.aloneFlops ? each : least))];
  }
  return scores.filter((score) => best.includes(score));
}

const valueOf = ({ criticality, ownFlops }: LayerScore): number => criticality / Math.max(1, ownFlops);
