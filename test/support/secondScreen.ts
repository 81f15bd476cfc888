import type { Page } from 'playwright-core';
import type { ChannelName, Outcome, ReplyOf, RequestOf } from '../../electron/contract/channels.ts';
import { KenroError } from '../../electron/contract/errors.ts';

/** Another page of the station that a test drives by calls, e.g. for a thousand human words. */
export interface SecondScreen {
  call<Name extends ChannelName>(name: Name, request: RequestOf<Name>): Promise<ReplyOf<Name>>;
}

const lost = 'lost';

/**
 * Opens a socket beside the page's own, in the same browser session. A station that drops it, e.g. because a busy browser
 * takes in nothing for a while, is asked again.
 */
export async function secondScreen(page: Page): Promise<SecondScreen> {
  await openSocket(page);
  return {
    call: async (name, request) => {
      for (;;) {
        const outcome = (await ask(page, name, request)) as Outcome<typeof name> | typeof lost;
        if (outcome === lost) {
          await openSocket(page);
          continue;
        }
        if (!outcome.ok) throw KenroError.fromInfo(outcome.error);
        return outcome.reply;
      }
    },
  };
}

function openSocket(page: Page): Promise<void> {
  return page.evaluate((closed) => {
    const socket = new WebSocket(`ws://${location.host}/socket`);
    const waiting = new Map<number, (outcome: unknown) => void>();
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as { id?: number; outcome?: unknown };
      if (frame.id !== undefined) waiting.get(frame.id)?.(frame.outcome);
    });
    let calls = 0;
    socket.addEventListener('close', () => waiting.forEach((answer) => answer(closed)));
    const screen = {
      opened: new Promise((resolve) => socket.addEventListener('open', resolve)),
      ask: (name: string, request: unknown) =>
        new Promise((resolve) => {
          const id = ++calls;
          waiting.set(id, resolve);
          if (socket.readyState !== WebSocket.OPEN) resolve(closed);
          else socket.send(JSON.stringify({ id, name, request }));
        }),
    };
    Object.assign(window, { secondScreen: screen });
    return screen.opened.then(() => undefined);
  }, lost);
}

function ask(page: Page, name: string, request: unknown): Promise<unknown> {
  return page.evaluate(
    ([calledName, given]) =>
      (
        window as unknown as { secondScreen: { ask(name: string, request: unknown): Promise<unknown> } }
      ).secondScreen.ask(calledName as string, given),
    [name, request] as const,
  );
}
