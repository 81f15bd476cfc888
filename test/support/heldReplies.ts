import type { StationPage } from './stationPage.ts';

export interface HeldReplies {
  /** From now on what the station says waits. */
  hold(): void;
  /** What waited arrives, in its order. */
  release(): void;
}

/** Loads the page anew with its socket under the test's control, to show what a slow station does to it. */
export async function holdReplies({ page, ready }: StationPage): Promise<HeldReplies> {
  let holding = false;
  const waiting: (() => void)[] = [];
  await page.routeWebSocket(/./, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      if (holding) waiting.push(() => socket.send(message));
      else socket.send(message);
    });
  });
  await page.reload();
  await ready();
  return {
    hold: () => void (holding = true),
    release: () => {
      holding = false;
      for (const deliver of waiting.splice(0)) deliver();
    },
  };
}
