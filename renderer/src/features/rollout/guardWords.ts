import type { GuardKind, RolloutPlan } from '../../../../electron/contract/rollout.ts';
import type { I18n } from '../../i18n/i18n.svelte.ts';

/** What a guard looks for. */
export function guardWords({ t, format }: I18n, kind: GuardKind, plan: RolloutPlan): string {
  return t(`rollout.guard.${kind}`, {
    ratio: plan.rejectRatio,
    ceiling: format.ms(plan.latencyCeilingMs),
    margin: format.percent(plan.escapeMargin),
  });
}
