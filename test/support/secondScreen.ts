import type { Page } from 'playwright-core';
import type { ChannelName, Outcome, ReplyOf, RequestOf } from '../../electron/contract/channels.ts';
import { KenroError } from '../../electron/contract/errors.ts';

/** Another page of the station that a test drives by calls, e.g. for a thousand human words. */
export interface SecondScreen {
  call<Name extends ChannelName>(name: Name, request: RequestOf<Name>): Promise<ReplyOf<Name>>;
}

/** Opens a socket beside the page's own, in the same browser session. */
export async function secondScreen(page: Page): Promise<SecondScreen> {
  await page.evaluate(() => {
    const socket = new WebSocket(`ws://${location.host}/socket`);
    const waiting = new Map<number, (outcome: unknown) => void>();
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as { id?: number; outcome?: unknown };
      if (frame.id !== undefined) waiting.get(frame.id)?.(frame.outcome);
    });
    let calls = 0;
    const screen = {
      opened: new Promise((resolve) => socket.addEventListener('open', resolve)),
      ask: (name: string, request: unknown) =>
        new Promise((resolve) => {
          const id = ++calls;
          waiting.set(id, resolve);
          socket.send(JSON.stringify({ id, name, request }));
        }),
    };
    Object.assign(window, { secondScreen: screen });
    return screen.opened.then(() => undefined);
  });
  return {
    call: async (name, request) => {
      const outcome = (await page.evaluate(
        ([calledName, given]) =>
          (
            window as unknown as { secondScreen: { ask(name: string, request: unknown): Promise<unknown> } }
          ).secondScreen.ask(calledName as string, given),
        [name, request] as const,
      )) as Outcome<typeof name>;
      if (!outcome.ok) throw KenroError.fromInfo(outcome.error);
      return outcome.reply;
    },
  };
}
