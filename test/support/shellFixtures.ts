import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChannelName, Handlers } from '../../electron/contract/channels.ts';
import { channels } from '../../electron/contract/channels.ts';
import { KenroError } from '../../electron/contract/errors.ts';
import type { Caller } from '../../electron/station/dispatch.ts';
import type { Clock } from '../../electron/platform/clock.ts';

/** Time that stands still until told to move. */
export function handClock(): Clock & { advance(ms: number): void } {
  let nowMs = 1_000;
  return { nowMs: () => nowMs, monotonicMs: () => nowMs, advance: (ms) => (nowMs += ms) };
}

/** A folder that is gone when `remove` is called. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'kenro-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A page as the build would leave it, with a secret beside it that no request may reach. */
export function builtPage(folder: string): string {
  const page = join(folder, 'renderer');
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(
    join(page, 'index.html'),
    '<!doctype html><title>Kenro</title><script src="/assets/a.js"></script>',
  );
  writeFileSync(join(page, 'assets', 'a.js'), 'document.title += " runs";');
  writeFileSync(join(page, 'notes.unknown'), 'not of a kind that the page uses');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  return page;
}

/** Anybody, who may do everything. */
export const anybody: Caller = { admit: () => ({ actor: 'operator' }) };

/** Handlers that all refuse, except those given. */
export function handlersWith(some: Partial<Handlers>): Handlers {
  const refuse = () => {
    throw new KenroError('notFound');
  };
  const all = Object.fromEntries((Object.keys(channels) as ChannelName[]).map((name) => [name, refuse]));
  return { ...all, ...some } as Handlers;
}
