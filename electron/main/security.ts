import type { ShellContents, ShellSession } from './electronApi.ts';
import { isOwnOrigin, isOwnPage, isOwnReport } from './ownPage.ts';

/**
 * What a page may ask of the computer. Everything that is not in this table is denied.
 *
 * | permission | to whom | why |
 * | --- | --- | --- |
 * | `media`, video only | our own page, main frame | the camera as a source of parts |
 */
export function denyPermissions(session: ShellSession): void {
  session.setPermissionRequestHandler((contents, permission, decide, details) => {
    const types = 'mediaTypes' in details ? (details.mediaTypes ?? []) : [];
    const camera = permission === 'media' && types.length > 0 && types.every((type) => type === 'video');
    decide(camera && details.isMainFrame && isOwnPage(details.requestingUrl) && isOwnPage(contents.getURL()));
  });
  session.setPermissionCheckHandler(
    (contents, permission, origin, details) =>
      permission === 'media' &&
      details.mediaType === 'video' &&
      details.isMainFrame &&
      isOwnOrigin(origin) &&
      contents !== null &&
      isOwnPage(contents.getURL()),
  );
  session.setDevicePermissionHandler(() => false);
}

/**
 * Lets no request out of the program, whoever makes it: what the page shows comes from `app://`, a report that is
 * printed from a file that was written for it, and nothing from anywhere else.
 */
export function cutOff(session: ShellSession, isPackaged: boolean): void {
  session.webRequest.onBeforeRequest(({ url, resourceType }, decide) => {
    const scheme = URL.parse(url)?.protocol ?? '';
    const isOwn =
      isOwnOrigin(url) ||
      ['blob:', 'data:'].includes(scheme) ||
      (scheme === 'file:' && resourceType === 'mainFrame') ||
      (scheme === 'devtools:' && !isPackaged);
    decide({ cancel: !isOwn });
  });
}

/**
 * A window shows what it was opened with and nothing else, for as long as it lives; reloading our page is the one way to
 * go. Inside our page a frame may show a report, which comes with a sandbox of its own.
 */
export function confine(contents: ShellContents): void {
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
  contents.on('will-frame-navigate', (details) => {
    const isAllowed = details.isMainFrame ? isOwnPage : isOwnReport;
    if (!isAllowed(details.url)) details.preventDefault();
  });
  contents.on('will-navigate', (details) => {
    if (!isOwnPage(details.url)) details.preventDefault();
  });
  contents.on('will-redirect', (details) => details.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
