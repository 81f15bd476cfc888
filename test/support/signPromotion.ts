import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { ErrorText } from '../../renderer/src/i18n/i18n.svelte.ts';
import type { en } from '../../renderer/src/i18n/en.ts';

interface Signing {
  readonly page: Page;
  readonly t: Readonly<Record<keyof typeof en, string>>;
  /** What is said where a gate is open again. */
  readonly gatesOpen: ErrorText;
  readonly password: string;
  /** So long a phase may take to be passed. */
  readonly phaseMs: number;
}

/**
 * Signs for the next phase on the Rollout screen, once its gates are passed. A reject that comes between the look and the
 * signature opens a gate again: then it is signed anew.
 */
export async function signPromotion(to: 'limited' | 'full', signing: Signing): Promise<void> {
  const { page, t, gatesOpen, password, phaseMs } = signing;
  const dialog = page.getByRole('dialog');
  const stage = page.locator(`[data-phase=${to}][data-mark=now]`);
  for (let isSigned = false; !isSigned;) {
    await page.locator('[data-passed]').waitFor({ timeout: phaseMs });
    await page.getByRole('button', { name: t[`rollout.promote.${to}`] }).click();
    await dialog.getByLabel(t['rollout.promote.reason']).fill('the gates are passed');
    await dialog.getByLabel(t['rollout.promote.password']).fill(password);
    await dialog.getByRole('button', { name: t['rollout.promote.sign'] }).click();
    await stage.or(dialog.getByRole('alert')).first().waitFor();
    isSigned = await stage.isVisible();
    if (isSigned) continue;
    expect(await dialog.getByRole('alert').innerText()).toContain(gatesOpen.what);
    await dialog.getByRole('button', { name: t['common.cancel'] }).click();
  }
}
