import { ModelError } from '../../errors.ts';

/**
 * Which layers train.
 *
 * - `all`: every parameter
 * - `head`: the last layer before each output, with its bias and what stands behind it
 * - `last-k`: the last modules (see `trainingGroups`)
 * - `first-block`: everything up to the end of the first residual or attention block; the first module where there
 *   is none (surgical fine-tuning, arXiv 2210.11466, found it right for changes of the input)
 * - `random`: a seeded draw of modules, the control for the others
 * - `lora`: adapters of this rank beside every layer that can take one, and nothing else
 * - `names`: parameters and modules by name, beginning of a path (`layer4`), or pattern (`*.bn?.weight`)
 */
export type LayerPolicy =
  | { readonly kind: 'all' | 'head' | 'first-block' }
  | { readonly kind: 'last-k'; readonly modules: number }
  /** Share of the modules, above 0 to 1. */
  | { readonly kind: 'random'; readonly share: number }
  | { readonly kind: 'lora'; readonly rank: number }
  | { readonly kind: 'names'; readonly names: readonly string[] };

/**
 * Reads a policy as it is written on the command line: `all`, `head`, `first-block`, `last-k:K`, `random:F`,
 * `lora:R`, or names and patterns separated by commas.
 * @throws ModelError `badRequest` for a number that is missing or out of range
 */
export function parseLayerPolicy(text: string): LayerPolicy {
  const policy = text.trim();
  if (policy === 'all' || policy === 'head' || policy === 'first-block') return { kind: policy };
  const [, kind, argument = ''] = /^(last-k|random|lora)(?::(.*))?$/.exec(policy) ?? [];
  if (kind === 'random') {
    const share = Number(argument);
    if (argument !== '' && share > 0 && share <= 1) return { kind, share };
    throw wrong(policy, 'random:F takes a share above 0 and up to 1');
  }
  if (kind === 'last-k' || kind === 'lora') {
    const count = Number(argument);
    if (!Number.isSafeInteger(count) || count < 1)
      throw wrong(policy, `${kind}:N takes a whole number from 1`);
    return kind === 'lora' ? { kind, rank: count } : { kind, modules: count };
  }
  const names = policy
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) throw wrong(policy, 'no layers named');
  return { kind: 'names', names };
}

const wrong = (layers: string, reason: string) => new ModelError('badRequest', { layers, reason });
