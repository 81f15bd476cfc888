import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { ja } from '../../renderer/src/i18n/ja.ts';

/** Types a path into the open folder dialog and uses it. */
export async function pickFolder(page: Page, path: string): Promise<void> {
  const field = page.getByLabel(ja['folder.path']);
  // The dialog opens on the home folder: its name must not come in between what is typed.
  await expect.poll(() => field.inputValue()).not.toBe('');
  await field.fill(path);
  await field.press('Enter');
  await expect.poll(() => field.inputValue()).toBe(path);
  await page.getByRole('button', { name: ja['folder.use'] }).click();
}
