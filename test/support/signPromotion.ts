import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { en } from '../../renderer/src/i18n/en.ts';
import type { errorsEn } from '../../renderer/src/i18n/errorsEn.ts';

interface Password {
  readonly password: string;
  readonly t: Record<keyof typeof en, string>;
}

export interface Signature extends Password {
  readonly to: 'limited' | 'full';
  readonly errors: Pick<typeof errorsEn, 'gatesOpen'>;
  /** For the gates to be passed. */
  readonly timeoutMs: number;
}

/** Signs in as the only person there is. */
export async function signIn(page: Page, { password, t }: Password): Promise<void> {
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: t['people.signIn'] }).first().click();
  await dialog.getByLabel(t['people.password'], { exact: true }).fill(password);
  await dialog.getByRole('button', { name: t['people.signIn'], exact: true }).click();
}

/**
 * Promotes a candidate on the Rollout page as soon as its gates are passed. A reject that comes between the look and the
 * signature opens a gate again: then it is signed anew.
 */
export async function signPromotion(
  page: Page,
  { to, password, t, errors, timeoutMs }: Signature,
): Promise<void> {
  const dialog = page.getByRole('dialog');
  const entered = page.locator(`[data-phase=${to}][data-mark=now]`);
  for (let isSigned = false; !isSigned;) {
    await page.locator('[data-passed]').waitFor({ timeout: timeoutMs });
    await page.getByRole('button', { name: t[`rollout.promote.${to}`] }).click();
    await dialog.getByLabel(t['rollout.promote.reason']).fill('the gates are passed');
    await dialog.getByLabel(t['rollout.promote.password']).fill(password);
    await dialog.getByRole('button', { name: t['rollout.promote.sign'] }).click();
    await entered.or(dialog.getByRole('alert')).first().waitFor();
    isSigned = await entered.isVisible();
    if (isSigned) continue;
    expect(await dialog.getByRole('alert').innerText()).toContain(errors.gatesOpen.what);
    await dialog.getByRole('button', { name: t['common.cancel'] }).click();
  }
}
