import type { Claim } from '../../../../electron/contract/evaluation.ts';
import type { I18n } from '../../i18n/i18n.svelte.ts';

/** A class of parts in words. */
export function labelWord({ t }: Pick<I18n, 't'>, label: string): string {
  return label === 'ok' ? t('retrain.goodParts') : label === 'ng' ? t('retrain.defects') : label;
}

/** What the parts at hand can show, in a sentence. */
export function claimWords(i18n: I18n, claim: Claim): string {
  const { t, format } = i18n;
  switch (claim.kind) {
    case 'bound': {
      const { label, parts } = claim;
      const params = { label: labelWord(i18n, label), parts, atMost: format.percent(claim.atMost) };
      return t(label === 'ok' ? 'claim.falseAlarms' : 'claim.escapes', params);
    }
    case 'fewParts':
      return t('claim.fewParts', { ...claim, label: labelWord(i18n, claim.label) });
    case 'ceilingUnproven':
      return t('claim.ceilingUnproven', {
        label: labelWord(i18n, claim.label),
        limit: format.percent(claim.limit),
        needed: claim.needed,
      });
    case 'typeUntested':
    case 'typeUnstated':
      return t(`claim.${claim.kind}`, { type: claim.type });
    default:
      return t(`claim.${claim.kind}`);
  }
}
