import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import type { Dispatch } from '../station/dispatch.ts';
import { isOwnPage } from './ownPage.ts';

/** The two lines between a window and the main process. */
export const callLine = 'kenro:call';
export const eventLine = 'kenro:event';

/** Lets the calls of our own page in; a frame that is not the page itself is refused, whatever it asks. */
export function answerCalls(ipcMain: Pick<IpcMain, 'handle'>, dispatch: Dispatch): void {
  ipcMain.handle(callLine, (event, name: unknown, request: unknown) =>
    isOwnMainFrame(event) && typeof name === 'string'
      ? dispatch(name, request)
      : { ok: false, error: { kind: 'notAllowed', params: {} } },
  );
}

function isOwnMainFrame({ senderFrame, sender }: IpcMainInvokeEvent): boolean {
  // `senderFrame` is null when the frame has navigated or gone since it asked.
  return senderFrame !== null && senderFrame === sender.mainFrame && isOwnPage(senderFrame.url);
}
