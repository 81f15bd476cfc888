import type { CorrectionRequest, CorrectionWish } from '../../../electron/contract/correction.ts';

/** What the form of teaching says about correcting position and light. */
export class CorrectionDraft {
  by = $state<CorrectionRequest['by']>('measured');
  light = $state<CorrectionWish['light']>('none');
  position = $state(false);
  reason = $state('');

  /** `null` while the reason for somebody's own decision is missing. */
  get request(): CorrectionRequest | null {
    if (this.by === 'measured') return { by: 'measured' };
    const { light, position } = this;
    const reason = this.reason.trim();
    if (reason === '') return null;
    return { by: 'user', wish: position || light !== 'none' ? { position, light } : null, reason };
  }
}
